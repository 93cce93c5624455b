import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Puts pieces of tested code into the pages of the documentation. The first argument is `apply` or
/// `check`; the second names a file for the names of the pages that quote what is no longer there.
///
/// A page quotes by the line `<!-- quote: path/of/File.java#name -->` above a fenced block; the
/// piece is what lies between the lines `// quote: name` and `// end quote` of that file.
final class Quote {
    private static final Pattern QUOTE =
            Pattern.compile(
                    "(<!-- quote: (\\S+)#(\\S+) -->\\R```\\w*\\R)(.*?)(^```$)",
                    Pattern.DOTALL | Pattern.MULTILINE);

    static void main(String[] args) throws IOException {
        boolean apply = args[0].equals("apply");
        StringBuilder stale = new StringBuilder();
        for (Path page : pages()) {
            String text = Files.readString(page);
            String quoted = quote(page, text);
            if (text.equals(quoted)) {
                continue;
            }
            if (apply) {
                Files.writeString(page, quoted);
                System.out.println("quoted in " + page);
            } else {
                stale.append(page).append('\n');
            }
        }
        Files.writeString(Path.of(args[1]), stale);
    }

    private static List<Path> pages() throws IOException {
        List<Path> pages = new ArrayList<>();
        try (Stream<Path> root = Files.list(Path.of(""));
                Stream<Path> docs = Files.walk(Path.of("docs"))) {
            Stream.concat(root, docs)
                    .filter(path -> path.toString().endsWith(".md"))
                    .sorted()
                    .forEach(pages::add);
        }
        return pages;
    }

    private static String quote(Path page, String text) throws IOException {
        StringBuilder quoted = new StringBuilder();
        Matcher matcher = QUOTE.matcher(text);
        while (matcher.find()) {
            String piece = piece(page, Path.of(matcher.group(2)), matcher.group(3));
            matcher.appendReplacement(
                    quoted, Matcher.quoteReplacement(matcher.group(1) + piece + matcher.group(5)));
        }
        return matcher.appendTail(quoted).toString();
    }

    private static String piece(Path page, Path source, String name) throws IOException {
        List<String> lines = Files.exists(source) ? Files.readAllLines(source) : List.of();
        List<String> piece = new ArrayList<>();
        boolean inside = false;
        for (String line : lines) {
            if (line.strip().equals("// quote: " + name)) {
                inside = true;
            } else if (inside && line.strip().equals("// end quote")) {
                return String.join("\n", piece).stripIndent() + "\n";
            } else if (inside) {
                piece.add(line);
            }
        }
        throw new IllegalArgumentException(
                "%s quotes \"%s\" of %s, which has no lines from \"// quote: %s\" to \"// end quote\""
                        .formatted(page, name, source, name));
    }
}
