package dev.twofold.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.Append;
import dev.twofold.Codec;
import dev.twofold.EventTypes;
import dev.twofold.Keys;
import dev.twofold.Metadata;
import dev.twofold.Recorded;
import dev.twofold.View;
import dev.twofold.jackson.JacksonCodec;
import dev.twofold.postgres.ViewAnswer.Found;
import dev.twofold.testkit.TestPostgres;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Two versions of a program on one log, the newer of which records what the older cannot read.
class RollingUpgradeTest {
    private static final Codec CODEC = new JacksonCodec();

    /// The family as the newer version has it.
    sealed interface Move {
        String box();

        record Put(String box, int count) implements Move {}

        record PutFrom(String box, int count, String origin) implements Move {}

        record Emptied(String box) implements Move {}
    }

    record Content(int count) {}

    private record Contents() implements View<Move, Content> {
        @Override
        public String name() {
            return "content";
        }

        @Override
        public int revision() {
            return 1;
        }

        @Override
        public Class<Content> documentType() {
            return Content.class;
        }

        @Override
        public Keys keys(Move event) {
            return Keys.of(event.box());
        }

        @Override
        public Content fold(
                String key, @Nullable Content content, Recorded<Move> event, Lookup lookup) {
            int before = content == null ? 0 : content.count;
            return new Content(
                    switch (event.event()) {
                        case Move.Put(_, var count) -> before + count;
                        case Move.PutFrom(_, var count, _) -> before + count;
                        case Move.Emptied _ -> 0;
                    });
        }
    }

    private static final ViewTable<Move, Content> TABLE = new ViewTable<>(new Contents(), CODEC);

    /// Knows neither that boxes are emptied nor where things come from: the names under which it
    /// has these, as the family is sealed, are in no log.
    private static final EventTypes<Move> OLD =
            EventTypes.builder(Move.class, CODEC)
                    .event("put", 1, Move.Put.class)
                    .past("unused-1", 1, Move.PutFrom.class, List::of)
                    .past("unused-2", 1, Move.Emptied.class, List::of)
                    .wholeLog()
                    .build();

    private static final EventTypes<Move> NEW =
            EventTypes.builder(Move.class, CODEC)
                    .past(
                            "put",
                            1,
                            Move.Put.class,
                            put -> List.of(new Move.PutFrom(put.box(), put.count(), "unknown")))
                    .event("put", 2, Move.PutFrom.class)
                    .event("emptied", 1, Move.Emptied.class)
                    .wholeLog()
                    .build();

    private final DataSource dataSource = TestPostgres.database().dataSource();
    private final PostgresEventStore store = open();

    private PostgresEventStore open() {
        PostgresLog.migrate(dataSource);
        return new PostgresEventStore(dataSource);
    }

    private final Projections older = projections(OLD);
    private final Projections newer = projections(NEW);
    private final ViewReader<Content> reader = new ViewReader<>(dataSource, TABLE);

    private Projections projections(EventTypes<Move> types) {
        return new Projections(dataSource, store, List.of(Projection.of(types, TABLE)));
    }

    @BeforeEach
    void records_what_both_know() {
        record(OLD, new Move.Put("a", 5));
        older.catchUp();
        assertThat(content("a")).isEqualTo(5);
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void an_older_node_waits_for_a_newer_one_at_an_event_of_a_type_that_it_does_not_know() {
        record(NEW, new Move.Emptied("a"));
        record(OLD, new Move.Put("a", 3), new Move.Put("b", 1));

        older.catchUp();
        assertThat(status().position()).isEqualTo(1);
        assertThat(status().reason()).contains("\"emptied\" revision 1", "position 2");
        assertThat(content("a")).isEqualTo(5);

        newer.catchUp();
        assertThat(status().position()).isEqualTo(4);
        assertThat(status().reason()).isNull();
        assertThat(content("a")).isEqualTo(3);
        assertThat(content("b")).isEqualTo(1);

        record(OLD, new Move.Put("b", 1));
        older.catchUp();
        assertThat(content("b")).isEqualTo(2);
    }

    @Test
    void an_older_node_waits_for_a_newer_one_at_an_event_of_a_revision_that_it_does_not_know() {
        record(NEW, new Move.PutFrom("a", 2, "cellar"));
        record(OLD, new Move.Put("a", 3));

        older.catchUp();
        assertThat(status().position()).isEqualTo(1);
        assertThat(status().reason()).contains("\"put\" revision 2", "position 2");

        newer.catchUp();
        assertThat(status().position()).isEqualTo(3);
        assertThat(content("a")).isEqualTo(10);
    }

    @Test
    void a_part_of_the_family_passes_the_other_parts_over() {
        record(NEW, new Move.Emptied("a"), new Move.PutFrom("a", 2, "cellar"));
        int[] given = {0};
        Projection<Move.Emptied> part =
                Projection.subscription(
                        "emptied-only", NEW.narrow(Move.Emptied.class), event -> given[0]++);
        new Projections(dataSource, store, List.of(part)).catchUp();
        assertThat(given[0]).isEqualTo(1);
    }

    private void record(EventTypes<Move> types, Move... moves) {
        for (Move move : moves) {
            store.append(Append.of(List.of(types.encode(move, Metadata.none()))));
        }
    }

    private PartitionStatus status() {
        return newer.status().getFirst();
    }

    private int content(String box) {
        return reader.find(box) instanceof Found<Content> found ? found.document().count() : -1;
    }
}
