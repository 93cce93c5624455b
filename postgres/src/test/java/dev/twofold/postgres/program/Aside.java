package dev.twofold.postgres.program;

/// What no projection has to do with.
final class Aside {
    private Aside() {}

    static String described() {
        return "aside as before";
    }
}
