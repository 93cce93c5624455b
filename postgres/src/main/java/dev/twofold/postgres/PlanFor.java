package dev.twofold.postgres;

/// What PostgreSQL plans a prepared statement for. Left to itself, it compares estimates, and may
/// find out late.
public enum PlanFor {
    /// Once for each connection, for whatever values come.
    ANY_VALUES("force_generic_plan"),

    /// Each time, for the values at hand.
    THESE_VALUES("force_custom_plan");

    private final String mode;

    PlanFor(String mode) {
        this.mode = mode;
    }

    /// A statement that settles this for what is done in the same transaction after it, and that no
    /// worker processes help, as there are many callers. `SET LOCAL` would warn where no
    /// transaction was begun, although one lasts until the server is told that it may answer.
    String settings() {
        return """
        SELECT set_config('plan_cache_mode', '%s', true),
          set_config('max_parallel_workers_per_gather', '0', true);
        """
                .formatted(mode);
    }
}
