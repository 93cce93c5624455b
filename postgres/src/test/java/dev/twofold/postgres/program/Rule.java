package dev.twofold.postgres.program;

/// What the fold calls by way of another.
final class Rule {
    private Rule() {}

    static String described() {
        return "rule as before";
    }
}
