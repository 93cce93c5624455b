package dev.twofold.catalog.search;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// An order of what was found.
enum SearchSort {
    RELEVANCE("relevance", "Best match", "Infinity", Values.NUMBER),
    RATING("rating", "Best rated", "Infinity", Values.NUMBER),
    CHEAPEST("price", "Cheapest", "-Infinity", Values.NUMBER),
    DEAREST("-price", "Dearest", "Infinity", Values.NUMBER),
    NAME("name", "By name", "", Values.ANY);

    final String label;
    final String title;
    private final String first;
    private final Pattern values;

    SearchSort(String label, String title, String first, Pattern values) {
        this.label = label;
        this.title = title;
        this.first = first;
        this.values = values;
    }

    /// Patterns of values to sort by.
    private static final class Values {
        static final Pattern NUMBER =
                Pattern.compile("-?[0-9]{1,30}(\\.[0-9]{1,30})?(e[+-]?[0-9]{1,2})?");
        static final Pattern ANY = Pattern.compile(".*");
    }

    /// A place in an order: that of the product with the key, which has the values to sort by.
    record Place(List<String> values, String key) {
        Place {
            values = List.copyOf(values);
        }
    }

    static Optional<SearchSort> of(String label) {
        return Stream.of(values()).filter(sort -> sort.label.equals(label)).findFirst();
    }

    /// How many values it sorts by, before the key.
    private int columns() {
        return this == RELEVANCE ? 2 : 1;
    }

    /// The place before the first product.
    Place start() {
        return new Place(Collections.nCopies(columns(), first), "");
    }

    /// The place that a cursor names; empty if it is of another order.
    Optional<Place> place(List<String> parts) {
        if (parts.size() != columns() + 2 || !parts.getFirst().equals(label)) {
            return Optional.empty();
        }
        List<String> given = parts.subList(1, parts.size() - 1);
        return given.stream().allMatch(value -> values.matcher(value).matches())
                ? Optional.of(new Place(given, parts.getLast()))
                : Optional.empty();
    }

    List<String> parts(Place place) {
        return Stream.of(List.of(label), place.values, List.of(place.key))
                .flatMap(List::stream)
                .toList();
    }
}
