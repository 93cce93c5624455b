package dev.twofold.benchmarks;

/// What all frameworks record, in the same records: about 200 bytes of JSON each.
sealed interface ItemEvent {
    String id();

    record ItemCreated(String id, String note) implements ItemEvent {}

    record ItemChanged(String id, long number, String note) implements ItemEvent {}

    /// Fills an event up to 200 bytes.
    static String note() {
        return "Lorem ipsum dolor sit amet, consectetur adipisici elit, sed eiusmod tempor incidunt"
                + " ut labore et dolore magna aliqua. Ut enim ad minim"
                + " veniam, quis nostrud.";
    }
}
