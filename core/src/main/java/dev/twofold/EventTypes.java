package dev.twofold;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The table of a family of events: under which name and revision each is stored, in which stream
/// and with which tags.
///
/// Stored events never change. When a record's shape does, register the new shape under the next
/// revision and the old one as [Builder#past], with a function that lifts it.
///
/// Immutable; safe for use by many threads.
///
/// @param <E> the family, usually a sealed interface
public final class EventTypes<E> {
    private final Class<E> family;
    private final Codec codec;
    private final Map<String, Map<Integer, Shape>> shapes;
    private final Map<Class<?>, Shape> byClass;
    private final Function<? super E, @Nullable StreamId> stream;
    private final Function<? super E, Set<Tag>> tags;
    private final boolean wholeLog;
    private final Set<String> elsewhere;

    private EventTypes(
            Class<E> family,
            Codec codec,
            Map<String, Map<Integer, Shape>> shapes,
            Map<Class<?>, Shape> byClass,
            Function<? super E, @Nullable StreamId> stream,
            Function<? super E, Set<Tag>> tags,
            boolean wholeLog) {
        this.family = family;
        this.codec = codec;
        this.shapes = shapes;
        this.byClass = byClass;
        this.stream = stream;
        this.tags = tags;
        this.wholeLog = wholeLog;
        Set<String> names = new TreeSet<>(shapes.keySet());
        names.removeAll(names(family));
        this.elsewhere = Set.copyOf(names);
    }

    public static <E> Builder<E> builder(Class<E> family, Codec codec) {
        return new Builder<>(family, codec);
    }

    /// The same table for a part of the family; decoding a current event outside it fails.
    public <F extends E> EventTypes<F> narrow(Class<F> part) {
        return new EventTypes<>(part, codec, shapes, byClass, stream, tags, wholeLog);
    }

    /// The stored names of a part of the family, past ones included.
    Set<String> names(Class<?> part) {
        return shapes.values().stream()
                .flatMap(revisions -> revisions.values().stream())
                .filter(shape -> shape.lift != null || part.isAssignableFrom(shape.type))
                .map(Shape::name)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /// The tags that an event is stored with.
    Set<Tag> tags(E event) {
        return tags.apply(event);
    }

    /// The stored names of this family's events, past ones included.
    public Set<String> names() {
        return names(family);
    }

    /// Whether the log holds the events of this table alone, see [Builder#wholeLog].
    public boolean wholeLog() {
        return wholeLog;
    }

    /// Whether whoever follows the family has to do with a stored event: it is one of the family,
    /// or it may be one, as the table does not know its type.
    public boolean concerns(RecordedEvent event) {
        return !elsewhere.contains(event.type());
    }

    /// The shapes in which this family's events are stored, past ones included, by name and
    /// revision.
    public List<StoredShape> shapes() {
        return shapes.values().stream()
                .flatMap(revisions -> revisions.values().stream())
                .filter(shape -> shape.lift != null || family.isAssignableFrom(shape.type))
                .map(s -> new StoredShape(s.name, s.revision, s.type, s.lift == null))
                .sorted(
                        Comparator.comparing(StoredShape::name)
                                .thenComparingInt(StoredShape::revision))
                .toList();
    }

    /// What writes and reads the data of the events.
    public Codec codec() {
        return codec;
    }

    /// The stored form of an event, with an id of its own.
    ///
    /// @throws IllegalArgumentException if the event's class is not in the table
    public NewEvent encode(E event, Metadata metadata) {
        Shape shape = byClass.get(event.getClass());
        if (shape == null || shape.lift != null) {
            throw new IllegalArgumentException(
                    "%s is not registered as a current event of %s; add it to the event type table"
                            .formatted(event.getClass().getName(), family.getSimpleName()));
        }
        return new NewEvent(
                UuidV7.next(),
                stream.apply(event),
                shape.name,
                shape.revision,
                codec.encode(event),
                tags.apply(event),
                metadata);
    }

    /// The event in its current shape: one, or what it was split into, or none if it was dropped.
    ///
    /// @throws UnknownEventException if the table has no such name and revision
    public List<E> decode(RecordedEvent event) {
        Shape shape = shapes.getOrDefault(event.type(), Map.of()).get(event.revision());
        if (shape == null) {
            throw new UnknownEventException(event, known(event.type()));
        }
        Object stored = codec.decode(event.data(), shape.type);
        if (shape.lift == null) {
            return List.of(cast(stored, event));
        }
        // a past event may have become something else, for another part of the family
        return lift(stored).filter(family::isInstance).map(one -> cast(one, event)).toList();
    }

    private E cast(Object event, RecordedEvent recorded) {
        if (!family.isInstance(event)) {
            throw new IllegalArgumentException(
                    "the event at position %d is a %s, which is no %s; ask the log only for the names"
                                    .formatted(
                                            recorded.position(),
                                            event.getClass().getSimpleName(),
                                            family.getSimpleName())
                            + " of this table");
        }
        return family.cast(event);
    }

    /// As [#decode(RecordedEvent)], for a list, each with what the log knows of it.
    public List<Recorded<E>> decode(List<RecordedEvent> events) {
        List<Recorded<E>> decoded = new ArrayList<>(events.size());
        for (RecordedEvent event : events) {
            decode(event, decoded::add);
        }
        return decoded;
    }

    /// As [#decode(RecordedEvent)], handed over with what the log knows of it.
    public void decode(RecordedEvent event, Consumer<? super Recorded<E>> to) {
        for (E one : decode(event)) {
            to.accept(
                    new Recorded<>(
                            one,
                            event.position(),
                            event.stream(),
                            event.version(),
                            event.recordedAt(),
                            event.metadata()));
        }
    }

    private Stream<?> lift(Object event) {
        Shape shape = byClass.get(event.getClass());
        if (shape == null) {
            throw new IllegalStateException(
                    "an event was lifted to %s, which the event type table does not have"
                            .formatted(event.getClass().getName()));
        }
        return shape.lift == null
                ? Stream.of(event)
                : shape.lift.apply(event).stream().flatMap(this::lift);
    }

    private String known(String type) {
        Map<Integer, Shape> revisions = shapes.get(type);
        return revisions == null
                ? "the types " + names()
                : "revisions " + new TreeSet<>(revisions.keySet()) + " of it";
    }

    /// A class, and the name and revision under which its records are stored; current if new events
    /// are, past if it is only read.
    public record StoredShape(String name, int revision, Class<?> type, boolean current) {}

    private record Shape(
            String name,
            int revision,
            Class<?> type,
            @Nullable Function<Object, ? extends List<?>> lift) {}

    /// Collects the table. Not safe for use by many threads.
    public static final class Builder<E> {
        private final Class<E> family;
        private final Codec codec;
        private final Map<String, Map<Integer, Shape>> shapes = new HashMap<>();
        private final Map<Class<?>, Shape> byClass = new HashMap<>();
        private Function<? super E, @Nullable StreamId> stream = event -> null;
        private Function<? super E, Set<Tag>> tags = event -> Set.of();
        private boolean wholeLog;

        private Builder(Class<E> family, Codec codec) {
            this.family = family;
            this.codec = codec;
        }

        /// Stores events of a class under a name and the revision of its shape.
        public Builder<E> event(String name, int revision, Class<? extends E> type) {
            return add(new Shape(name, revision, type, null));
        }

        /// Reads events stored under a past name or revision, and lifts each to newer ones.
        ///
        /// What `lift` returns is of registered classes, current or past; the empty list drops it.
        public <P> Builder<E> past(
                String name, int revision, Class<P> type, Function<P, ? extends List<?>> lift) {
            return add(new Shape(name, revision, type, event -> lift.apply(type.cast(event))));
        }

        /// The stream each event belongs to; none unless told.
        public Builder<E> stream(Function<? super E, @Nullable StreamId> of) {
            this.stream = of;
            return this;
        }

        /// The tags each event carries; none unless told.
        public Builder<E> tags(Function<? super E, Set<Tag>> of) {
            this.tags = of;
            return this;
        }

        /// Says that the log holds no events but those of this table. One of a type that is not in
        /// it was then recorded by a newer version of the program, and projections wait for a node
        /// of that version rather than pass the event over; they read all events for that.
        ///
        /// Unless told, events of other types are someone else's, and are not read.
        public Builder<E> wholeLog() {
            this.wholeLog = true;
            return this;
        }

        /// @throws IllegalArgumentException if the family is sealed and one of its records is
        ///   missing
        public EventTypes<E> build() {
            Set<String> missing = new TreeSet<>();
            for (Class<?> leaf : Families.leaves(family)) {
                if (!byClass.containsKey(leaf)) {
                    missing.add(leaf.getSimpleName());
                }
            }
            if (!missing.isEmpty()) {
                throw new IllegalArgumentException(
                        "the event type table of %s lacks %s; give each a stored name"
                                .formatted(family.getSimpleName(), missing));
            }
            Map<String, Map<Integer, Shape>> copy = new HashMap<>();
            shapes.forEach((name, revisions) -> copy.put(name, Map.copyOf(revisions)));
            return new EventTypes<>(
                    family, codec, Map.copyOf(copy), Map.copyOf(byClass), stream, tags, wholeLog);
        }

        private Builder<E> add(Shape shape) {
            Text.require("an event type's name", shape.name, NewEvent.MAX_TYPE_LENGTH);
            if (shape.revision < 1) {
                throw new IllegalArgumentException(
                        "the revision of event type \"%s\" is 1 or more, but was %d"
                                .formatted(shape.name, shape.revision));
            }
            Map<Integer, Shape> revisions =
                    shapes.computeIfAbsent(shape.name, name -> new TreeMap<>());
            Shape twin = revisions.putIfAbsent(shape.revision, shape);
            if (twin != null) {
                throw new IllegalArgumentException(
                        "event type \"%s\" revision %d is registered twice, for %s and %s"
                                .formatted(
                                        shape.name,
                                        shape.revision,
                                        twin.type.getName(),
                                        shape.type.getName()));
            }
            twin = byClass.putIfAbsent(shape.type, shape);
            if (twin != null) {
                throw new IllegalArgumentException(
                        "%s is registered twice, as \"%s\" revision %d and \"%s\" revision %d"
                                .formatted(
                                        shape.type.getName(),
                                        twin.name,
                                        twin.revision,
                                        shape.name,
                                        shape.revision));
            }
            return this;
        }
    }
}
