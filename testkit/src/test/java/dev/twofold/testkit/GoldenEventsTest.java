package dev.twofold.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.twofold.EventTypes;
import dev.twofold.jackson.JacksonCodec;
import dev.twofold.testkit.LendingEvent.AuthorNamed;
import dev.twofold.testkit.LendingEvent.BookAdded;
import dev.twofold.testkit.LendingEvent.BookLent;
import dev.twofold.testkit.LendingEvent.BookRemoved;
import dev.twofold.testkit.LendingEvent.BookReturned;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GoldenEventsTest {
    private static final JacksonCodec CODEC = new JacksonCodec();

    @TempDir private Path folder;

    sealed interface PriceEvent {}

    record PriceChanged(String sku, int cents) implements PriceEvent {}

    record PriceDropped(String sku) implements PriceEvent {}

    sealed interface LaterPriceEvent {}

    record PriceChangedWithNote(String sku, int cents, Optional<String> note)
            implements LaterPriceEvent {}

    record PriceRenamed(String article, int cents) implements LaterPriceEvent {}

    @BeforeEach
    void writeTheFilesOfTheFirstVersion() {
        new GoldenEvents<>(first(), folder, true).check(samples());
    }

    // quote: golden-events
    @Test
    void stored_events_still_load() {
        GoldenEvents.of(LendingEvents.types(CODEC))
                .check(
                        List.of(
                                new BookAdded("9780141439587", "Emma", "austen"),
                                new BookLent("9780141439587", "ann"),
                                new BookReturned("9780141439587"),
                                new BookRemoved("9780141439587"),
                                new AuthorNamed("austen", "Jane Austen")));
    }

    // end quote

    @Test
    void makes_a_missing_file_when_told_to() {
        assertThat(folder.resolve("price-changed.1.json"))
                .hasContent("{\"sku\":\"A1\",\"cents\":250}");
        new GoldenEvents<>(first(), folder, false).check(List.of());
    }

    @Test
    void never_overwrites_a_file() throws IOException {
        Path file = folder.resolve("price-changed.1.json");
        Files.writeString(file, "{\"sku\":\"B2\",\"cents\":7}");

        new GoldenEvents<>(first(), folder, true).check(samples());

        assertThat(file).hasContent("{\"sku\":\"B2\",\"cents\":7}");
    }

    @Test
    void fails_for_a_missing_file_and_says_how_to_make_it() throws IOException {
        Files.delete(folder.resolve("price-changed.1.json"));

        assertThatThrownBy(() -> new GoldenEvents<>(first(), folder, false).check(samples()))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining(
                        "price-changed.1.json is missing; run the test with -Dgolden.write=true to"
                                + " have it made from the sample of PriceChanged, look at it, and"
                                + " commit it");
    }

    @Test
    void fails_for_a_missing_file_without_a_sample() throws IOException {
        Files.delete(folder.resolve("price-changed.1.json"));

        assertThatThrownBy(() -> new GoldenEvents<>(first(), folder, true).check(List.of()))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining(
                        "price-changed.1.json is missing, and there is no sample of PriceChanged");
    }

    @Test
    void fails_when_a_record_gains_a_component_without_a_new_revision() {
        EventTypes<PriceChangedWithNote> changed =
                EventTypes.builder(PriceChangedWithNote.class, CODEC)
                        .event("price-changed", 1, PriceChangedWithNote.class)
                        .past("price-dropped", 1, PriceDropped.class, _ -> List.of())
                        .build();

        assertThatThrownBy(() -> new GoldenEvents<>(changed, folder, true).check(List.of()))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("price-changed.1.json no longer loads")
                .hasMessageContaining("at $.note")
                .hasMessageContaining(
                        "if the shape of PriceChangedWithNote was meant to change, keep the old"
                            + " record under another name, add .past(\"price-changed\", 1,"
                            + " OldPriceChangedWithNote.class, old -> …) to the event type table"
                            + " and raise the revision of PriceChangedWithNote to 2; leave the file"
                            + " as it is");
    }

    @Test
    void fails_when_a_component_is_renamed_without_a_new_revision() {
        EventTypes<PriceRenamed> changed =
                EventTypes.builder(PriceRenamed.class, CODEC)
                        .event("price-changed", 1, PriceRenamed.class)
                        .past("price-dropped", 1, PriceDropped.class, _ -> List.of())
                        .build();

        assertThatThrownBy(() -> new GoldenEvents<>(changed, folder, true).check(List.of()))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("price-changed.1.json no longer loads")
                .hasMessageContaining("raise the revision of PriceRenamed to 2");
    }

    @Test
    void fails_when_an_event_is_written_in_another_way() throws IOException {
        Files.writeString(folder.resolve("price-changed.1.json"), "{\"cents\":250,\"sku\":\"A1\"}");

        assertThatThrownBy(() -> new GoldenEvents<>(first(), folder, true).check(samples()))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining(
                        "price-changed.1.json loads, but is now written as"
                            + " {\"sku\":\"A1\",\"cents\":250}; if the shape of PriceChanged was"
                            + " meant to change");
    }

    @Test
    void accepts_a_new_revision_beside_the_past_one() {
        EventTypes<PriceChangedWithNote> next = secondVersion();

        new GoldenEvents<>(next, folder, true)
                .check(List.of(new PriceChangedWithNote("A1", 250, Optional.empty())));

        assertThat(folder.resolve("price-changed.2.json"))
                .hasContent("{\"sku\":\"A1\",\"cents\":250,\"note\":null}");
        new GoldenEvents<>(next, folder, false).check(List.of());
    }

    @Test
    void fails_when_the_file_of_a_past_revision_is_missing() throws IOException {
        new GoldenEvents<>(secondVersion(), folder, true)
                .check(List.of(new PriceChangedWithNote("A1", 250, Optional.empty())));
        Files.delete(folder.resolve("price-changed.1.json"));

        assertThatThrownBy(() -> new GoldenEvents<>(secondVersion(), folder, true).check(List.of()))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining(
                        "price-changed.1.json is missing, of the past record PriceChanged; restore"
                                + " it from version control");
    }

    @Test
    void fails_when_a_past_revision_is_no_longer_in_the_table() {
        EventTypes<PriceChanged> forgetful =
                EventTypes.builder(PriceChanged.class, CODEC)
                        .event("price-changed", 1, PriceChanged.class)
                        .build();

        assertThatThrownBy(() -> new GoldenEvents<>(forgetful, folder, true).check(List.of()))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining(
                        "price-dropped.1.json has no entry in the event type table, so stored"
                                + " events like it no longer load; add .past(…) for it");
    }

    @Test
    void fails_when_a_past_event_does_not_lift() {
        EventTypes<PriceChanged> broken =
                EventTypes.builder(PriceChanged.class, CODEC)
                        .event("price-changed", 1, PriceChanged.class)
                        .past("price-dropped", 1, PriceDropped.class, _ -> List.of("what?"))
                        .build();

        assertThatThrownBy(() -> new GoldenEvents<>(broken, folder, true).check(List.of()))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining(
                        "price-dropped.1.json loads as PriceDropped, but its lift in .past(…)"
                                + " fails: java.lang.IllegalStateException: an event was lifted to"
                                + " java.lang.String");
    }

    private static EventTypes<PriceEvent> first() {
        return EventTypes.builder(PriceEvent.class, CODEC)
                .event("price-changed", 1, PriceChanged.class)
                .event("price-dropped", 1, PriceDropped.class)
                .build();
    }

    private static List<PriceEvent> samples() {
        return List.of(new PriceChanged("A1", 250), new PriceDropped("A1"));
    }

    private static EventTypes<PriceChangedWithNote> secondVersion() {
        return EventTypes.builder(PriceChangedWithNote.class, CODEC)
                .event("price-changed", 2, PriceChangedWithNote.class)
                .past(
                        "price-changed",
                        1,
                        PriceChanged.class,
                        old ->
                                List.of(
                                        new PriceChangedWithNote(
                                                old.sku, old.cents, Optional.empty())))
                .past("price-dropped", 1, PriceDropped.class, _ -> List.of())
                .build();
    }
}
