package dev.twofold.postgres;

/// What the snapshot of one server shows of a view.
///
/// @param recovering whether the server is a replica, asked after the snapshot was taken: one that
///   was promoted before then says no
/// @param origin the log's epoch and lineage
/// @param position up to which the view, or the partition that is looked at, has taken in the log
/// @param reached the same, or less where an event is set aside, or pending, for what is asked for
record Sighting(boolean recovering, String origin, int generation, long position, long reached) {

    /// Columns 1 and 2 of a query that tells what its snapshot shows.
    static final String COLUMNS =
            """
            pg_is_in_recovery(), (SELECT epoch || array_to_string(lineage, '') FROM twofold.log)\
            """;
}
