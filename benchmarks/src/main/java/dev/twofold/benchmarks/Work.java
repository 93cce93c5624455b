package dev.twofold.benchmarks;

/// What the callers do.
enum Work {
    CREATES("Creates: each command begins a stream"),

    UPDATES("Updates: each command loads a stream of 20 events, decides, and appends one"),

    VERSIONED("Appends under an expected version"),

    TAGGED("Appends under the condition that no event of the log has both of two tags");

    private final String title;

    Work(String title) {
        this.title = title;
    }

    String title() {
        return title;
    }
}
