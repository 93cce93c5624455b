package dev.twofold.catalog.access;

import java.util.function.Predicate;

/// Whether a text has no character that controls anything, and none that there is not: what Spring
/// Security's firewall asks of headers, by a look at each character instead of a regular expression
/// that is matched anew whenever a header is read.
enum PlainText implements Predicate<String> {
    /// As the name of a header.
    NAME,
    /// As the value of one, which may have tabs.
    VALUE;

    @Override
    public boolean test(String text) {
        int i = 0;
        while (i < text.length()) {
            int c = text.codePointAt(i);
            boolean allowed =
                    (c >= ' ' && c <= '~')
                            || (c == '\t' && this == VALUE)
                            || (Character.isDefined(c) && !Character.isISOControl(c));
            if (!allowed) {
                return false;
            }
            i += Character.charCount(c);
        }
        return true;
    }
}
