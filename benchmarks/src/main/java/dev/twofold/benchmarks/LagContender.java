package dev.twofold.benchmarks;

import java.util.function.Consumer;

/// Something that handles commands, and makes documents of their events beside that.
interface LagContender {
    String name();

    /// Begins to make documents, of the events from now on.
    ///
    /// @param run tells what this run makes from what others do
    /// @param visible told the item of each event once its document is committed
    Running start(String run, Consumer<String> visible);

    interface Running extends AutoCloseable {

        /// Returns when the command's events are durable, and throws if they are not.
        void send(ItemCommand command);

        @Override
        void close();
    }
}
