package dev.twofold.testkit;

import dev.twofold.Codec;
import dev.twofold.EventTypes;
import dev.twofold.EventTypes.StoredShape;
import dev.twofold.Metadata;
import dev.twofold.RecordedEvent;
import dev.twofold.UuidV7;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/// Keeps one stored event of each name and revision in a file, for good: what a log may hold has to
/// load for ever.
///
/// The files lie in `src/test/resources/golden`, as `<name>.<revision>.json`. A record whose shape
/// changed without a new revision no longer fits its file, and the check says what to do. The check
/// writes a file only if there is none, and only when the system property `golden.write` is `true`.
///
/// @param <E> the family of events
public final class GoldenEvents<E> {
    private static final Path FOLDER = Path.of("src", "test", "resources", "golden");

    private final EventTypes<E> types;
    private final Codec codec;
    private final Path folder;
    private final boolean write;

    GoldenEvents(EventTypes<E> types, Path folder, boolean write) {
        this.types = types;
        this.codec = types.codec();
        this.folder = folder;
        this.write = write;
    }

    public static <E> GoldenEvents<E> of(EventTypes<E> types) {
        return new GoldenEvents<>(types, FOLDER, Boolean.getBoolean("golden.write"));
    }

    /// Checks the files of all names and revisions in the table.
    ///
    /// @param samples one event of each current class, from which new files are made
    /// @throws AssertionError if a file is missing or left over, or no longer fits its record
    public void check(List<? extends E> samples) {
        List<String> problems = new ArrayList<>();
        Set<Path> known = new TreeSet<>();
        for (StoredShape shape : types.shapes()) {
            Path file = folder.resolve("%s.%d.json".formatted(shape.name(), shape.revision()));
            known.add(file);
            if (Files.exists(file)) {
                compare(shape, file, problems);
            } else {
                create(shape, file, samples, problems);
            }
        }
        for (Path file : files()) {
            if (!known.contains(file)) {
                problems.add(
                        ("%s has no entry in the event type table, so stored events like it no"
                                        + " longer load; add .past(…) for it")
                                .formatted(file));
            }
        }
        if (!problems.isEmpty()) {
            throw new AssertionError(
                    "stored events and their golden files disagree:\n- "
                            + String.join("\n- ", problems));
        }
    }

    private void compare(StoredShape shape, Path file, List<String> problems) {
        String stored = read(file);
        String again;
        try {
            again = codec.encode(codec.decode(stored, shape.type()));
        } catch (IllegalArgumentException e) {
            problems.add(
                    "%s no longer loads: %s; %s".formatted(file, e.getMessage(), remedy(shape)));
            return;
        }
        if (!again.equals(stored)) {
            problems.add(
                    "%s loads, but is now written as %s; %s".formatted(file, again, remedy(shape)));
            return;
        }
        try {
            types.decode(recorded(shape, stored));
        } catch (RuntimeException e) {
            problems.add(
                    "%s loads as %s, but its lift in .past(…) fails: %s"
                            .formatted(file, shape.type().getSimpleName(), e));
        }
    }

    private static String remedy(StoredShape shape) {
        String record = shape.type().getSimpleName();
        return shape.current()
                ? ("if the shape of %s was meant to change, keep the old record under another name,"
                       + " add .past(\"%s\", %d, Old%s.class, old -> …) to the event type table and"
                       + " raise the revision of %s to %d; leave the file as it is")
                        .formatted(
                                record,
                                shape.name(),
                                shape.revision(),
                                record,
                                record,
                                shape.revision() + 1)
                : "%s is how events were stored once: undo the change to it, and leave the file as it is"
                        .formatted(record);
    }

    private void create(
            StoredShape shape, Path file, List<? extends E> samples, List<String> problems) {
        String record = shape.type().getSimpleName();
        if (!shape.current()) {
            problems.add(
                    "%s is missing, of the past record %s; restore it from version control"
                            .formatted(file, record));
            return;
        }
        samples.stream()
                .filter(shape.type()::isInstance)
                .findFirst()
                .ifPresentOrElse(
                        sample -> {
                            if (write) {
                                write(file, codec.encode(sample));
                            } else {
                                problems.add(
                                        ("%s is missing; run the test with -Dgolden.write=true to"
                                             + " have it made from the sample of %s, look at it,"
                                             + " and commit it")
                                                .formatted(file, record));
                            }
                        },
                        () ->
                                problems.add(
                                        "%s is missing, and there is no sample of %s to make it from"
                                                .formatted(file, record)));
    }

    private static RecordedEvent recorded(StoredShape shape, String data) {
        return new RecordedEvent(
                1,
                UuidV7.next(),
                null,
                0,
                shape.name(),
                shape.revision(),
                data,
                Set.of(),
                Metadata.none(),
                Instant.EPOCH);
    }

    private List<Path> files() {
        if (!Files.exists(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(Path file, String json) {
        try {
            Files.createDirectories(file.getParent());
            Files.writeString(file, json + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
