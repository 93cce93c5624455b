package dev.twofold.postgres;

import java.io.Reader;
import java.io.StringReader;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import org.flywaydb.core.api.ResourceProvider;
import org.flywaydb.core.api.resource.LoadableResource;
import org.jspecify.annotations.Nullable;

/// The migrations of this module, named one by one: a module's resources cannot be searched for
/// from outside.
final class Migrations implements ResourceProvider {
    private static final List<String> NAMES =
            List.of(
                    "V1__create_log.sql",
                    "V2__create_snapshots.sql",
                    "V100__create_projections.sql",
                    "V101__create_parked_events.sql",
                    "V102__add_fingerprints.sql",
                    "V103__add_partitions.sql",
                    "V110__keep_dropped_events.sql",
                    "V120__create_table_changes.sql",
                    "V200__create_leases.sql",
                    "V210__create_fan_outs.sql",
                    "V220__tell_servers_apart.sql",
                    "V235__refuse_events_where_a_log_is_followed.sql",
                    "V270__pace_rebuilds.sql",
                    "V280__rebuild_in_a_tenth_of_the_time.sql",
                    "V290__tell_retried_documents.sql",
                    "R__append_event.sql",
                    "R__append_events.sql",
                    "R__event_checksum.sql",
                    "R__import_events.sql",
                    "R__positions_matching.sql",
                    "R__version_at.sql");

    @Override
    public @Nullable LoadableResource getResource(String name) {
        return NAMES.contains(name) ? new Migration(name) : null;
    }

    @Override
    public Collection<LoadableResource> getResources(String prefix, String[] suffixes) {
        return NAMES.stream()
                .filter(
                        name ->
                                name.startsWith(prefix)
                                        && Stream.of(suffixes).anyMatch(name::endsWith))
                .<LoadableResource>map(Migration::new)
                .toList();
    }

    private static final class Migration extends LoadableResource {
        private final String name;

        private Migration(String name) {
            this.name = name;
        }

        @Override
        public Reader read() {
            return new StringReader(Sql.resource("migration/%s".formatted(name)));
        }

        @Override
        public String getAbsolutePath() {
            return name;
        }

        @Override
        public String getAbsolutePathOnDisk() {
            return name;
        }

        @Override
        public String getFilename() {
            return name;
        }

        @Override
        public String getRelativePath() {
            return name;
        }
    }
}
