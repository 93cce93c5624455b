package dev.twofold.catalog;

import java.text.Normalizer;
import java.util.Locale;
import java.util.function.Predicate;

/// Readable ids made from names: "Crème & Co." becomes `creme-co`.
public final class Slug {
    private static final int MAX_LENGTH = 80;

    private Slug() {}

    /// Letters and digits of any script in lower case, without accents, with `-` for all between;
    /// at most 80 characters.
    public static String of(String name) {
        String letters =
                Normalizer.normalize(name, Normalizer.Form.NFKD)
                        .replaceAll("\\p{M}", "")
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\p{L}\\p{N}]+", "-");
        String cut = letters.substring(0, Math.min(letters.length(), MAX_LENGTH));
        String slug = cut.replaceAll("^-+|-+$", "");
        return slug.isEmpty() ? "x" : slug;
    }

    /// The slug, or the first of `slug-2`, `slug-3`, … that is free.
    public static String free(String slug, Predicate<String> taken) {
        String free = slug;
        for (int i = 2; taken.test(free); i++) {
            free = slug + "-" + i;
        }
        return free;
    }
}
