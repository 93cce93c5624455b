package dev.twofold.catalog.http;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.web.context.request.NativeWebRequest;

/// What the `Prefer` headers of a request ask for (RFC 7240).
final class Preferences {
    static final String APPLIED = "Preference-Applied";
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);
    private static final Duration WAIT = Duration.ofSeconds(10);
    private static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
    private static final String QUOTED = "\"(?:[^\"\\\\]|\\\\.)*\"";

    /// One preference with its parameters, which none of those known here has.
    private static final Pattern PREFERENCE =
            Pattern.compile(
                    "\\G[\\s,]*(TOKEN)(?:\\s*=\\s*(QUOTED|TOKEN)?)?(?:\\s*;(?:QUOTED|[^,\"])*)?\\s*(?:,|$)"
                            .replace("TOKEN", TOKEN)
                            .replace("QUOTED", QUOTED));

    private static final Pattern SECONDS = Pattern.compile("[0-9]{1,9}");

    private Preferences() {}

    /// How long the caller waits for what is not there yet: `wait=N` in seconds, at most 30; a bare
    /// `wait` is 10, and none or one that makes no sense is zero.
    static Duration wait(NativeWebRequest request) {
        String[] headers = request.getHeaderValues("Prefer");
        return headers == null ? Duration.ZERO : wait(List.of(headers));
    }

    static Duration wait(List<String> headers) {
        Matcher preference = PREFERENCE.matcher(String.join(",", headers));
        while (preference.find()) {
            if (preference.group(1).toLowerCase(Locale.ROOT).equals("wait")) {
                String value = preference.group(2);
                return value == null ? WAIT : seconds(value.replace("\"", ""));
            }
        }
        return Duration.ZERO;
    }

    private static Duration seconds(String value) {
        return SECONDS.matcher(value).matches()
                ? Collections.min(List.of(Duration.ofSeconds(Long.parseLong(value)), LONGEST_WAIT))
                : Duration.ZERO;
    }

    /// How a wait is told to have been applied.
    static String applied(Duration wait) {
        return "wait=" + wait.toSeconds();
    }
}
