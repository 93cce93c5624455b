package dev.twofold.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.CommandOutcome.Accepted;
import dev.twofold.CommandOutcome.Refused;
import dev.twofold.Decider;
import dev.twofold.Decision;
import dev.twofold.DecisionModel;
import dev.twofold.EventSourcedHandler;
import dev.twofold.EventTypes;
import dev.twofold.Keys;
import dev.twofold.Known;
import dev.twofold.Metadata;
import dev.twofold.Query;
import dev.twofold.Recorded;
import dev.twofold.Snapshots;
import dev.twofold.StreamId;
import dev.twofold.Tag;
import dev.twofold.View;
import dev.twofold.jackson.JacksonCodec;
import dev.twofold.testkit.TestPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Parcels whose events have changed in every way that events change, read from a log that was
/// written before: wherever events are read, they come in their shape of now.
class SchemaChangeTest {
    private static final JacksonCodec CODEC = new JacksonCodec();
    private static final Tag PARCEL = new Tag("parcel", "p1");

    // quote: schema-change
    /// The events of now.
    sealed interface ParcelEvent {
        String parcel();

        record Posted(String parcel, int grams, String service) implements ParcelEvent {}

        record AddresseeNamed(String parcel, String name) implements ParcelEvent {}

        record CityChosen(String parcel, String city) implements ParcelEvent {}

        record Lost(String parcel) implements ParcelEvent {}
    }

    /// How events were stored before.
    interface Past {
        record Posted1(String parcel, int pounds) implements Past {}

        record Posted2(String parcel, int grams) implements Past {}

        record Addressed(String parcel, String name, String city) implements Past {}

        record Mislaid(String parcel) implements Past {}

        record Weighed(String parcel) implements Past {}
    }

    static final EventTypes<ParcelEvent> NOW =
            EventTypes.builder(ParcelEvent.class, CODEC)
                    .event("posted", 3, ParcelEvent.Posted.class)
                    .event("addressee-named", 1, ParcelEvent.AddresseeNamed.class)
                    .event("city-chosen", 1, ParcelEvent.CityChosen.class)
                    .event("lost", 1, ParcelEvent.Lost.class)
                    // another unit
                    .past(
                            "posted",
                            1,
                            Past.Posted1.class,
                            old -> List.of(new Past.Posted2(old.parcel, old.pounds * 454)))
                    // a component more, with a default for what was stored without
                    .past(
                            "posted",
                            2,
                            Past.Posted2.class,
                            old ->
                                    List.of(
                                            new ParcelEvent.Posted(
                                                    old.parcel, old.grams, "standard")))
                    // split in two
                    .past(
                            "addressed",
                            1,
                            Past.Addressed.class,
                            old ->
                                    List.of(
                                            new ParcelEvent.AddresseeNamed(old.parcel, old.name),
                                            new ParcelEvent.CityChosen(old.parcel, old.city)))
                    // renamed
                    .past(
                            "mislaid",
                            1,
                            Past.Mislaid.class,
                            old -> List.of(new ParcelEvent.Lost(old.parcel)))
                    // dropped
                    .past("weighed", 1, Past.Weighed.class, _ -> List.of())
                    .stream(event -> new StreamId("parcel", event.parcel()))
                    .tags(event -> Set.of(new Tag("parcel", event.parcel())))
                    .build();

    // end quote

    /// The program that wrote the log, in two versions one after the other.
    private static final EventTypes<Past> FIRST =
            EventTypes.builder(Past.class, CODEC)
                    .event("posted", 1, Past.Posted1.class)
                    .event("addressed", 1, Past.Addressed.class)
                    .event("mislaid", 1, Past.Mislaid.class)
                    .event("weighed", 1, Past.Weighed.class)
                    .stream(_ -> new StreamId("parcel", "p1"))
                    .tags(_ -> Set.of(PARCEL))
                    .build();

    private static final EventTypes<Past> SECOND =
            EventTypes.builder(Past.class, CODEC).event("posted", 2, Past.Posted2.class).stream(
                            _ -> new StreamId("parcel", "p2"))
                    .tags(_ -> Set.of(new Tag("parcel", "p2")))
                    .build();

    private static final List<String> IN_SHAPE =
            List.of(
                    "Posted[parcel=p1, grams=908, service=standard]",
                    "AddresseeNamed[parcel=p1, name=Ann]",
                    "CityChosen[parcel=p1, city=Ghent]",
                    "Posted[parcel=p2, grams=70, service=standard]",
                    "Lost[parcel=p1]");

    private final TestPostgres.Database database = Logs.empty();
    private final PostgresEventStore store = new PostgresEventStore(database.dataSource());

    @TempDir private Path folder = Path.of("");

    @BeforeEach
    void writeTheLogOfThePast() {
        Logs.record(
                store,
                FIRST,
                new Past.Posted1("p1", 2),
                new Past.Addressed("p1", "Ann", "Ghent"),
                new Past.Weighed("p1"));
        Logs.record(store, SECOND, new Past.Posted2("p2", 70));
        Logs.record(store, FIRST, new Past.Mislaid("p1"));
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void by_a_command_that_folds_its_history() {
        assertThat(handler().state(history("p1"))).isEqualTo(new Known<>(told("p1"), 5));
    }

    @Test
    void by_a_command_that_starts_from_a_snapshot_and_from_a_cache() {
        var before = handler().snapshottingIn(snapshots());
        before.state(history("p1"));
        Logs.record(store, FIRST, new Past.Mislaid("p1"));
        assertThat(handler().snapshottingIn(snapshots()).state(history("p1")).state())
                .isEqualTo(told("p1") + "Lost[parcel=p1]");

        var caching = handler().cachingIn(new ConcurrentHashMap<>());
        caching.state(history("p1"));
        Logs.record(store, FIRST, new Past.Mislaid("p1"));
        var outcome = caching.handle("p1", Metadata.none());
        assertThat(outcome)
                .isEqualTo(
                        new Accepted<>(
                                told("p1")
                                        + "Lost[parcel=p1]Lost[parcel=p1]CityChosen[parcel=p1,"
                                        + " city=Rome]",
                                8,
                                1));
    }

    @Test
    void by_a_decision_model_of_classes_that_were_stored_under_other_names() {
        var losses =
                dev.twofold.Projection.<Integer, ParcelEvent>of(0, PARCEL)
                        .on(ParcelEvent.Lost.class, (count, _) -> count + 1);
        var cities =
                dev.twofold.Projection.<String, ParcelEvent>of("", PARCEL)
                        .on(ParcelEvent.CityChosen.class, (_, event) -> event.city());
        var handler =
                DecisionModel.<String, ParcelEvent, String>handler(
                        store,
                        NOW,
                        _ ->
                                new DecisionModel<>(
                                        List.of(losses, cities),
                                        facts ->
                                                Decision.refuse(
                                                        "%d lost on the way to %s"
                                                                .formatted(
                                                                        facts.of(losses),
                                                                        facts.of(cities)))));

        assertThat(handler.handle("", Metadata.none()))
                .isEqualTo(new Refused<>("1 lost on the way to Ghent", 5));
    }

    @Test
    void by_a_view_a_table_and_a_subscription_and_when_they_are_made_anew() {
        List<String> handled = new ArrayList<>();
        try (Projections projections =
                projections(
                        Projection.of(NOW, table(_ -> {})),
                        Projection.sql(
                                "parcel-list",
                                1,
                                NOW,
                                "CREATE TABLE ${table} (event text)",
                                SchemaChangeTest::list),
                        Projection.subscription(
                                "mail", NOW, event -> handled.add(event.event().toString())))) {
            projections.catchUp();

            assertThat(handled).isEqualTo(IN_SHAPE);
            assertThat(rows("SELECT event FROM parcel_list")).isEqualTo(IN_SHAPE);
            assertThat(rows("SELECT document ->> 'story' FROM parcel ORDER BY key"))
                    .containsExactly(told("p1"), told("p2"));

            projections.rebuild("parcel");
            projections.rebuild("parcel-list");
            projections.catchUp();
            assertThat(rows("SELECT event FROM parcel_list")).isEqualTo(IN_SHAPE);
            assertThat(rows("SELECT document ->> 'story' FROM parcel ORDER BY key"))
                    .containsExactly(told("p1"), told("p2"));
        }
    }

    @Test
    void by_the_retry_of_a_parked_event() {
        Consumer<ParcelEvent> failing =
                event -> {
                    if (event instanceof ParcelEvent.CityChosen) {
                        throw new IllegalStateException("no such city");
                    }
                };
        try (Projections projections = projections(Projection.of(NOW, table(failing)))) {
            while (projections.parked("parcel").isEmpty()) {
                projections.catchUp();
            }
        }
        assertThat(rows("SELECT document ->> 'story' FROM parcel ORDER BY key"))
                .containsExactly("Posted[parcel=p1, grams=908, service=standard]", told("p2"));

        try (Projections mended = projections(Projection.of(NOW, table(_ -> {})))) {
            assertThat(mended.retry(mended.parked("parcel").getFirst())).isEmpty();
        }

        assertThat(rows("SELECT document ->> 'story' FROM parcel ORDER BY key"))
                .containsExactly(told("p1"), told("p2"));
    }

    @Test
    void by_whoever_reads_a_log_that_was_exported_and_imported() throws IOException {
        Path file = folder.resolve("log.ndjson");
        new LogArchive(database.dataSource()).exportTo(file, _ -> {});
        TestPostgres.Database other = Logs.empty();
        new LogArchive(other.dataSource()).importFrom(file, _ -> {});

        try (PostgresEventStore imported = new PostgresEventStore(other.dataSource())) {
            assertThat(NOW.decode(imported.read(Query.all(), 0, 100)))
                    .extracting(recorded -> recorded.event().toString())
                    .isEqualTo(IN_SHAPE);
        }
    }

    /// All that happened to a parcel, as the log of the past tells it.
    private static String told(String parcel) {
        return IN_SHAPE.stream()
                .filter(event -> event.contains("parcel=" + parcel))
                .reduce("", String::concat);
    }

    private static Query history(String parcel) {
        return Query.stream(new StreamId("parcel", parcel));
    }

    /// Remembers events by their texts, and sends a parcel to Rome.
    private EventSourcedHandler<String, String, ParcelEvent, String> handler() {
        Decider<String, String, ParcelEvent, String> decider =
                new Decider<>() {
                    @Override
                    public String initial() {
                        return "";
                    }

                    @Override
                    public Decision<ParcelEvent, String> decide(String parcel, String state) {
                        return Decision.accept(new ParcelEvent.CityChosen(parcel, "Rome"));
                    }

                    @Override
                    public String evolve(String state, ParcelEvent event) {
                        return state + event;
                    }
                };
        return new EventSourcedHandler<>(store, NOW, decider, SchemaChangeTest::history);
    }

    private Snapshots<String> snapshots() {
        return new Snapshots<>(
                new PostgresSnapshotStore(database.dataSource()), "story", 1, 1, s -> s, s -> s);
    }

    private Projections projections(Projection<?>... projections) {
        return new Projections(database.dataSource(), store, List.of(projections));
    }

    private List<String> rows(String sql) {
        return new ReadModel(database.dataSource()).query(sql);
    }

    private static void list(
            List<Recorded<ParcelEvent>> events, String table, Connection connection)
            throws SQLException {
        try (PreparedStatement insert =
                connection.prepareStatement("INSERT INTO %s VALUES (?)".formatted(table))) {
            for (Recorded<ParcelEvent> event : events) {
                insert.setString(1, event.event().toString());
                insert.executeUpdate();
            }
        }
    }

    private static ViewTable<ParcelEvent, Story> table(Consumer<ParcelEvent> check) {
        return new ViewTable<>(new StoryView(check), CODEC, "");
    }

    record Story(String story) {}

    /// The events of each parcel.
    private record StoryView(Consumer<ParcelEvent> check) implements View<ParcelEvent, Story> {
        @Override
        public String name() {
            return "parcel";
        }

        @Override
        public int revision() {
            return 1;
        }

        @Override
        public Class<Story> documentType() {
            return Story.class;
        }

        @Override
        public Keys keys(ParcelEvent event) {
            return Keys.of(event.parcel());
        }

        @Override
        public Story fold(
                String key, @Nullable Story story, Recorded<ParcelEvent> event, Lookup lookup) {
            check.accept(event.event());
            return new Story((story == null ? "" : story.story) + event.event());
        }
    }
}
