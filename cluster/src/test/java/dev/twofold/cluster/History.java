package dev.twofold.cluster;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/// What callers of a cluster saw, and what the log and the topic have in the end.
///
/// Each product has one caller, who gives it prices that rise by one; so a price says which command
/// it is of. Callers add to it side by side; it is judged when they have ended.
record History(
        Collection<Acknowledged> acknowledged,
        Collection<Answer> answers,
        List<Entry> log,
        List<Entry> topic) {

    History() {
        this(
                new ConcurrentLinkedQueue<>(),
                new ConcurrentLinkedQueue<>(),
                new ArrayList<>(),
                new ArrayList<>());
    }

    /// A command that was said to have taken effect.
    record Acknowledged(String product, int price) {}

    /// An answer to a query that brought the token of an acknowledged command.
    ///
    /// @param token the price that the command gave
    /// @param price the price in the answer
    /// @param sent the highest price that the product's caller had sent when the answer was there
    record Answer(String product, int token, int price, int sent) {}

    /// An event of a product, in the order of the log, or of its partition of the topic.
    ///
    /// @param price 0 if the event is not about prices
    record Entry(long position, String product, long version, int price) {}

    /// All that is wrong, a sentence each.
    List<String> faults() {
        List<String> faults = new ArrayList<>();
        Map<String, List<Integer>> prices = prices(faults);
        for (Acknowledged command : acknowledged) {
            if (!prices.getOrDefault(command.product, List.of()).contains(command.price)) {
                faults.add("lost: the log lacks %s".formatted(command));
            }
        }
        for (Answer answer : answers) {
            if (answer.price < answer.token) {
                faults.add("stale: %s is older than its token".formatted(answer));
            }
            if (answer.price > answer.sent) {
                faults.add("invented: nobody had sent what is in %s".formatted(answer));
            }
        }
        relayed(faults);
        return faults;
    }

    /// The prices of each product in the order of the log.
    private Map<String, List<Integer>> prices(List<String> faults) {
        Map<String, List<Integer>> prices = new TreeMap<>();
        Map<String, Long> versions = new TreeMap<>();
        long position = 0;
        for (Entry entry : log) {
            if (entry.position != ++position) {
                faults.add("gap: the log has %s in place %d".formatted(entry, position));
                position = entry.position;
            }
            if (entry.product.isEmpty()) {
                continue;
            }
            if (entry.version != versions.merge(entry.product, 1L, Long::sum)) {
                faults.add("order: the log has %s out of order".formatted(entry));
            }
            if (entry.price > 0) {
                List<Integer> before =
                        prices.computeIfAbsent(entry.product, _ -> new ArrayList<>());
                if (before.contains(entry.price)) {
                    faults.add("double: %s has had effect before".formatted(entry));
                } else if (!before.isEmpty() && entry.price < before.getLast()) {
                    faults.add("order: %s has overtaken a later one".formatted(entry));
                }
                before.add(entry.price);
            }
        }
        return prices;
    }

    /// The topic has each event of the log once, and those of a key in order.
    private void relayed(List<String> faults) {
        Map<String, Long> last = new TreeMap<>();
        Map<Long, Entry> seen = new TreeMap<>();
        for (Entry entry : topic) {
            if (seen.putIfAbsent(entry.position, entry) != null) {
                faults.add("relayed twice: %s".formatted(entry));
            }
            if (!entry.product.isEmpty() && entry.version <= last.getOrDefault(entry.product, 0L)) {
                faults.add("relayed out of order: %s".formatted(entry));
            }
            last.put(entry.product, entry.version);
        }
        for (Entry entry : log) {
            if (!seen.containsKey(entry.position)) {
                faults.add("not relayed: %s".formatted(entry));
            }
        }
    }
}
