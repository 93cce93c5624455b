/// Events sent to other services over HTTP, signed, in order and at least once.
@NullMarked
package dev.twofold.catalog.webhook;

import org.jspecify.annotations.NullMarked;
