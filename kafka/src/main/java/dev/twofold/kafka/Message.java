package dev.twofold.kafka;

import dev.twofold.RecordedEvent;
import java.util.UUID;

/// What a record of a log's topic says.
sealed interface Message {

    /// The event; it has not been seen in this partition if its position is beyond all before.
    record Event(RecordedEvent event) implements Message {}

    /// All events up to a position that are in this partition come before this record, if the log
    /// is spread over as many partitions as this says.
    ///
    /// @param begin the position after which the topics have the log at all
    record Watermark(UUID log, long position, int partitions, long begin) implements Message {}

    /// Nothing that a relay wrote.
    record Foreign(String reason) implements Message {}
}
