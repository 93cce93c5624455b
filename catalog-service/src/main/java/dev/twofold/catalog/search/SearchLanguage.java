package dev.twofold.catalog.search;

import java.util.List;

/// The language whose rules tell which forms of a word are the same; with `simple` none are.
///
/// @param name a text search configuration of PostgreSQL, such as `english`
public record SearchLanguage(String name) {
    private static final List<String> KNOWN =
            List.of(
                    "simple",
                    "arabic",
                    "armenian",
                    "basque",
                    "catalan",
                    "danish",
                    "dutch",
                    "english",
                    "finnish",
                    "french",
                    "german",
                    "greek",
                    "hindi",
                    "hungarian",
                    "indonesian",
                    "irish",
                    "italian",
                    "lithuanian",
                    "nepali",
                    "norwegian",
                    "portuguese",
                    "romanian",
                    "russian",
                    "serbian",
                    "spanish",
                    "swedish",
                    "tamil",
                    "turkish",
                    "yiddish");

    /// @throws IllegalArgumentException if it is no language that every supported server knows
    public SearchLanguage {
        if (!KNOWN.contains(name)) {
            throw new IllegalArgumentException(
                    "catalog.search.language is one of %s, but was \"%s\"".formatted(KNOWN, name));
        }
    }

    /// The text search configuration, in which accents make no difference.
    String configuration() {
        return "catalog.search_" + name;
    }

    /// Each language has a view of its own, so that one can be filled while another still serves.
    String viewName() {
        return "search-" + name;
    }

    /// The statement with the names of the language's table and configuration in it.
    String in(String sql) {
        return sql.replace("${search}", "search_" + name)
                .replace("${configuration}", "'%s'".formatted(configuration()));
    }
}
