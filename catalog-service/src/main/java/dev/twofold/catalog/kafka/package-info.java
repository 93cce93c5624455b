/// The catalog's log in Kafka.
@NullMarked
package dev.twofold.catalog.kafka;

import org.jspecify.annotations.NullMarked;
