package dev.twofold.catalog.http;

import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.springframework.http.HttpStatus;

/// The parameters of a query, none of them unknown or given twice.
public final class Parameters {
    private final Map<String, String[]> values;

    private Parameters(Map<String, String[]> values) {
        this.values = values;
    }

    /// @throws Problem if there is one that is not among the known, or one twice
    public static Parameters of(HttpServletRequest request, Set<String> known) {
        Map<String, String[]> values = request.getParameterMap();
        values.forEach(
                (name, given) -> {
                    if (!known.contains(name)) {
                        throw Problem.of(
                                        HttpStatus.BAD_REQUEST,
                                        "unknown-parameter",
                                        "there is no parameter \"%s\" here, only %s"
                                                .formatted(name, new TreeSet<>(known)))
                                .field(name, given[0]);
                    }
                    if (given.length > 1) {
                        throw Problem.of(
                                        HttpStatus.BAD_REQUEST,
                                        "invalid-parameter",
                                        "the parameter %s is given %d times"
                                                .formatted(name, given.length))
                                .field(name, given[1]);
                    }
                    if (given[0].chars().anyMatch(Character::isISOControl)) {
                        throw Problem.of(
                                        HttpStatus.BAD_REQUEST,
                                        "invalid-parameter",
                                        "the parameter %s has a control character".formatted(name))
                                .field(name, given[0]);
                    }
                });
        return new Parameters(values);
    }

    public Optional<String> text(String name) {
        String[] given = values.get(name);
        return given == null || given[0].isEmpty() ? Optional.empty() : Optional.of(given[0]);
    }

    /// @throws Problem if the parameter is neither `true` nor `false`
    public Optional<Boolean> truth(String name) {
        return text(name)
                .map(
                        text ->
                                switch (text) {
                                    case "true" -> true;
                                    case "false" -> false;
                                    default -> throw invalid(name, "true or false");
                                });
    }

    /// @throws Problem if the parameter is no whole number in the range
    public Optional<Integer> number(String name, int from, int to) {
        String range = "a whole number from %d to %d".formatted(from, to);
        return text(name)
                .map(
                        text -> {
                            try {
                                return Integer.valueOf(text);
                            } catch (NumberFormatException _) {
                                throw invalid(name, range);
                            }
                        })
                .map(
                        number -> {
                            if (number < from || number > to) {
                                throw invalid(name, range);
                            }
                            return number;
                        });
    }

    /// The name and the id of the last one of the page before; empty texts for the first page.
    ///
    /// @param what is listed
    /// @throws Problem if the parameter is nothing that a listing gave out
    public List<String> nameAndId(String name, String what) {
        List<String> place =
                text(name).map(text -> Cursor.parse(text).parts()).orElse(List.of("", ""));
        if (place.size() != 2) {
            throw invalid(name, "what a listing of %s gave out".formatted(what));
        }
        return place;
    }

    public Problem invalid(String name, String right) {
        String value = text(name).orElse("");
        return Problem.of(
                        HttpStatus.BAD_REQUEST,
                        "invalid-parameter",
                        "the parameter %s must be %s, but was \"%s\"".formatted(name, right, value))
                .field(name, value);
    }
}
