package dev.twofold.postgres;

import java.util.regex.Pattern;

/// The names that PostgreSQL knows projections by; an identifier has at most 63 characters there.
final class TableName {
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9]*(-[a-z0-9]+)*");
    private static final int MAX_LENGTH = 25;

    private TableName() {}

    /// The database view under which plain SQL finds a projection: its name with `_` for `-`.
    static String of(String projection) {
        if (projection.length() > MAX_LENGTH || !NAME.matcher(projection).matches()) {
            throw new IllegalArgumentException(
                    ("the name of a view or projection has lower case letters, digits and hyphens,"
                                    + " at most %d, but was \"%s\"")
                            .formatted(MAX_LENGTH, projection));
        }
        return projection.replace('-', '_');
    }

    /// The table that a generation keeps.
    static String of(String projection, int generation) {
        return "%s_%d".formatted(of(projection), generation);
    }

    /// The table that a partition keeps for a view that it looks up.
    static String of(String projection, int generation, String lookup, int partition) {
        String first = "%s_%s".formatted(of(projection, generation), of(lookup));
        return partition == 0 ? first : "%s_%d".formatted(first, partition);
    }

    /// The database view under which plain SQL finds what a projection looks up.
    static String ofLookup(String projection, String lookup) {
        return "%s__%s".formatted(of(projection), of(lookup));
    }
}
