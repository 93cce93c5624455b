package dev.twofold.postgres;

import dev.twofold.View;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.jspecify.annotations.Nullable;

/// The classes of the package `program` as another version of a program has them: loaded from a
/// place of their own, and one of them changed.
final class Program extends URLClassLoader {
    private static final String PACKAGE = "dev.twofold.postgres.program.";
    private static final Path COMPILED = compiled();

    private Program(Path place) throws MalformedURLException {
        super(new URL[] {place.toUri().toURL()}, Program.class.getClassLoader());
    }

    /// In a folder.
    ///
    /// @param changed the name of a class within the package, such as `StockLevels$Count`; null for
    ///   none
    static Program in(Path folder, @Nullable String changed) throws IOException {
        for (Path file : files()) {
            Path to = folder.resolve(name(file));
            Files.createDirectories(Objects.requireNonNull(to.getParent()));
            Files.write(to, content(file, changed));
        }
        return new Program(folder);
    }

    /// In a jar.
    static Program inJar(Path jar, @Nullable String changed) throws IOException {
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream entries = new JarOutputStream(file)) {
            for (Path each : files()) {
                entries.putNextEntry(new ZipEntry(name(each)));
                entries.write(content(each, changed));
            }
        }
        return new Program(jar);
    }

    @SuppressWarnings("unchecked")
    View<OrderEvent, Object> view() throws ReflectiveOperationException {
        return (View<OrderEvent, Object>)
                loadClass(PACKAGE + "StockLevels").getConstructor().newInstance();
    }

    /// @param way a method of `Sales`
    SqlBatch<?> batch(String way) throws ReflectiveOperationException {
        return (SqlBatch<?>) loadClass(PACKAGE + "Sales").getMethod(way).invoke(null);
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        if (!name.startsWith(PACKAGE)) {
            return super.loadClass(name, resolve);
        }
        synchronized (getClassLoadingLock(name)) {
            Class<?> loaded = findLoadedClass(name);
            return loaded == null ? findClass(name) : loaded;
        }
    }

    @Override
    public @Nullable URL getResource(String name) {
        URL own = findResource(name);
        return own == null ? super.getResource(name) : own;
    }

    private static Path compiled() {
        try {
            URL view = Program.class.getResource("program/StockLevels.class");
            return Objects.requireNonNull(
                    Path.of(Objects.requireNonNull(view).toURI()).getParent());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<Path> files() {
        try (Stream<Path> files = Files.walk(COMPILED)) {
            return files.filter(Files::isRegularFile).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String name(Path file) {
        return PACKAGE.replace('.', '/') + within(file);
    }

    private static String within(Path file) {
        return COMPILED.relativize(file).toString().replace('\\', '/');
    }

    /// The file, with another text of the same length in its code if it is the one to change.
    private static byte[] content(Path file, @Nullable String changed) throws IOException {
        byte[] content = Files.readAllBytes(file);
        if (!within(file).equals(changed + ".class")) {
            return content;
        }
        String text = new String(content, StandardCharsets.ISO_8859_1);
        String other = text.replace("as before", "otherwise");
        if (other.equals(text)) {
            throw new IllegalArgumentException(changed + " has no text that says \"as before\"");
        }
        return other.getBytes(StandardCharsets.ISO_8859_1);
    }
}
