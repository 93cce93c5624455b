package dev.twofold.catalog.cluster;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What the clients of a cluster did and were told, and what its log, its topic and its nodes have
/// in the end; and whether these agree.
///
/// Every command has a number of its own, which is in the event that it leads to: as the price that
/// it sets, or as what it adds to the stock. So each event tells of which command it is the effect.
///
/// @param log in order of positions
/// @param topic in order of offsets, partition by partition
/// @param documents of each node by product
record Evidence(
        List<Command> commands,
        List<Read> reads,
        List<Stored> log,
        List<Published> topic,
        Map<String, Map<String, State>> documents) {

    /// What a new product has in stock, so that much can be taken; its price is its number.
    static final int FIRST_STOCK = 1_000;

    enum Kind {
        CREATE,
        PRICE,
        STOCK
    }

    /// A command, sent as often as it took to know its outcome.
    ///
    /// @param began, ended when it was sent first, and when its outcome was known, by one clock
    /// @param token of the answer; 0 if there was none until the end
    /// @param again the token of the answer when it was sent once more; 0 if it was not
    record Command(
            int number, String product, Kind kind, long began, long ended, long token, long again) {

        boolean isAcknowledged() {
            return token > 0;
        }
    }

    /// A query that was answered.
    ///
    /// @param token that it was sent with; 0 for none
    /// @param seen null if the answer was that there is no such product
    record Read(String node, String product, long token, @Nullable State seen) {}

    /// What a product is; the version counts its events.
    record State(long version, int price, int stock) {}

    /// An event in the log.
    ///
    /// @param number the price, or what was added to the stock
    /// @param stock what the event says is there from now on; of no meaning for a price
    record Stored(
            long position,
            String id,
            String product,
            long version,
            Kind kind,
            int number,
            int stock) {}

    /// A record in the topic that is no watermark.
    record Published(int partition, String key, long position, String id) {}

    /// All that cannot be; empty if everything agrees.
    List<String> violations() {
        return new Check().all();
    }

    private final class Check {
        private final List<String> found = new ArrayList<>();
        private final Map<String, List<Stored>> streams = new TreeMap<>();
        private final Map<String, List<State>> states = new HashMap<>();
        private final Map<Integer, List<Stored>> effects = new HashMap<>();

        List<String> all() {
            fold();
            for (Command command : commands) {
                checkEffect(command);
            }
            Set<Integer> sent = new HashSet<>();
            commands.forEach(command -> sent.add(command.number()));
            log.stream()
                    .filter(event -> !sent.contains(event.number()))
                    .forEach(event -> found.add("nobody asked for %s".formatted(event)));
            streams.keySet().forEach(this::checkOrder);
            reads.forEach(this::checkRead);
            checkTopic();
            documents.forEach(this::checkDocuments);
            return found;
        }

        private void fold() {
            for (int i = 0; i < log.size(); i++) {
                Stored event = log.get(i);
                if (event.position() != i + 1) {
                    found.add("position %d is at place %d".formatted(event.position(), i + 1));
                }
                effects.computeIfAbsent(event.number(), _ -> new ArrayList<>()).add(event);
                List<Stored> stream =
                        streams.computeIfAbsent(event.product(), _ -> new ArrayList<>());
                stream.add(event);
                if (event.version() != stream.size()) {
                    found.add("%s is number %d of its stream".formatted(event, stream.size()));
                }
                List<State> of = states.computeIfAbsent(event.product(), _ -> new ArrayList<>());
                State next = next(of.isEmpty() ? null : of.getLast(), event);
                of.add(next);
                if (event.kind() != Kind.PRICE && event.stock() != next.stock()) {
                    found.add(
                            "%s was decided on another stock than the %d of the event before it"
                                    .formatted(event, next.stock() - event.number()));
                }
            }
        }

        private static State next(@Nullable State before, Stored event) {
            if (before == null) {
                return new State(1, event.number(), FIRST_STOCK);
            }
            return switch (event.kind()) {
                case CREATE -> new State(before.version() + 1, event.number(), FIRST_STOCK);
                case PRICE -> new State(before.version() + 1, event.number(), before.stock());
                case STOCK ->
                        new State(
                                before.version() + 1,
                                before.price(),
                                before.stock() + event.number());
            };
        }

        private void checkEffect(Command command) {
            List<Stored> own = effects.getOrDefault(command.number(), List.of());
            if (own.size() > 1) {
                found.add("%s had more than one effect: %s".formatted(command, own));
            }
            if (own.isEmpty() && command.isAcknowledged()) {
                found.add("%s was acknowledged and is lost".formatted(command));
            }
            for (Stored event : own) {
                if (!event.product().equals(command.product()) || event.kind() != command.kind()) {
                    found.add("%s had an effect that is not its own: %s".formatted(command, event));
                }
                if (command.isAcknowledged() && command.token() < event.position()) {
                    found.add(
                            "%s was given a token from before its effect %s"
                                    .formatted(command, event));
                }
            }
            if (command.again() > 0 && command.again() != command.token()) {
                found.add("%s was answered differently when it was repeated".formatted(command));
            }
        }

        /// A command that was over before another one began comes before it.
        private void checkOrder(String product) {
            Map<Integer, Command> byNumber = new HashMap<>();
            commands.forEach(command -> byNumber.put(command.number(), command));
            Command firstToEnd = null;
            for (Stored event : streams.getOrDefault(product, List.of()).reversed()) {
                Command command = byNumber.get(event.number());
                if (command == null) {
                    continue;
                }
                if (firstToEnd != null && firstToEnd.ended() < command.began()) {
                    found.add(
                            "%s was over before %s began, but comes after it"
                                    .formatted(firstToEnd, command));
                }
                if (command.isAcknowledged()
                        && (firstToEnd == null || command.ended() < firstToEnd.ended())) {
                    firstToEnd = command;
                }
            }
        }

        private void checkRead(Read read) {
            List<Stored> stream = streams.getOrDefault(read.product(), List.of());
            long atLeast =
                    stream.stream().filter(event -> event.position() <= read.token()).count();
            State seen = read.seen();
            if ((seen == null ? 0 : seen.version()) < atLeast) {
                found.add("%s is older than version %d of its token".formatted(read, atLeast));
            }
            if (seen != null) {
                checkState(read, read.product(), seen);
            }
        }

        private void checkState(Object what, String product, State seen) {
            List<State> of = states.getOrDefault(product, List.of());
            if (seen.version() < 1
                    || seen.version() > of.size()
                    || !of.get((int) seen.version() - 1).equals(seen)) {
                found.add("%s shows what never was".formatted(what));
            }
        }

        private void checkTopic() {
            Map<String, Stored> events = new HashMap<>();
            log.forEach(event -> events.put(event.id(), event));
            Map<String, Long> lastOfKey = new HashMap<>();
            Set<String> published = new HashSet<>();
            for (Published record : topic) {
                Stored event = events.get(record.id());
                if (event == null
                        || event.position() != record.position()
                        || !record.key().endsWith(event.product())) {
                    found.add("%s is published, the log has %s".formatted(record, event));
                }
                Long last = lastOfKey.put(record.key(), record.position());
                if (last != null && last >= record.position()) {
                    found.add("%s is published behind position %d".formatted(record, last));
                }
                published.add(record.id());
            }
            log.stream()
                    .filter(event -> !published.contains(event.id()))
                    .forEach(event -> found.add("%s is not published".formatted(event)));
        }

        private void checkDocuments(String node, Map<String, State> pages) {
            Map<String, State> wanted = new TreeMap<>();
            states.forEach((product, of) -> wanted.put(product, of.getLast()));
            Set<String> products = new HashSet<>(wanted.keySet());
            products.addAll(pages.keySet());
            for (String product : products) {
                State wants = wanted.get(product);
                State has = pages.get(product);
                if (wants == null || !wants.equals(has)) {
                    found.add(
                            "%s has %s of %s in the end, the log %s"
                                    .formatted(node, has, product, wants));
                }
            }
        }
    }
}
