/// Product feeds in the Google Merchant format: reading them and carrying them out as commands.
@NullMarked
package dev.twofold.catalog.feed;

import org.jspecify.annotations.NullMarked;
