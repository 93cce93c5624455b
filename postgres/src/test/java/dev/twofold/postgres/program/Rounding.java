package dev.twofold.postgres.program;

/// What the fold calls.
final class Rounding {
    private Rounding() {}

    static String described() {
        return "rounding as before, by " + Rule.described();
    }
}
