package dev.twofold.postgres.program.unit;

/// What the fold calls in another package.
public final class Unit {
    private Unit() {}

    public static String described() {
        return "unit as before";
    }
}
