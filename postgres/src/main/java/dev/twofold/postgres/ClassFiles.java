package dev.twofold.postgres;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.ConstantPool;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.constantpool.Utf8Entry;
import java.net.URL;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/// The class files that code is made of: its own, and every other one in the same jar or folder
/// that one of them mentions, be it as what it calls or in the type of a record's component.
///
/// Does not look into other jars, the JDK's included, nor at resources, nor at the classes of
/// objects that code is handed while it runs. Loads none of the classes. Not safe for use by many
/// threads.
final class ClassFiles {
    /// A class in a descriptor or a signature, such as `Ljava/util/List<Ldev/twofold/Tag;>;`.
    private static final Pattern MENTIONED = Pattern.compile("L([^;<>:.()\\[\\s]++)[;<]");

    private final SortedMap<String, byte[]> files = new TreeMap<>();

    /// Adds the files of a class, and what they reach; none if it was made while the program runs.
    ///
    /// A lambda has no file of its own, so it is the class around it that counts, with all that
    /// this one mentions.
    void reach(Class<?> type) {
        Class<?> host = type.getNestHost();
        ClassLoader loader = host.getClassLoader();
        if (loader == null || loader.equals(ClassLoader.getPlatformClassLoader())) {
            return; // the JDK's
        }
        String name = host.getName().replace('.', '/');
        String origin = origin(loader, name);
        if (origin == null) {
            return;
        }
        Set<String> met = new HashSet<>(Set.of(name));
        Deque<String> next = new ArrayDeque<>(met);
        while (!next.isEmpty()) {
            String one = next.remove();
            if (origin.equals(origin(loader, one))) {
                byte[] content = read(loader, one);
                files.put(one, content);
                mentioned(content).filter(met::add).forEach(next::add);
            }
        }
    }

    /// By the names of the classes, in their order.
    void forEach(BiConsumer<String, byte[]> action) {
        files.forEach(action);
    }

    /// The jar or folder that has a class.
    private static @Nullable String origin(ClassLoader loader, String name) {
        URL file = loader.getResource(name + ".class");
        if (file == null) {
            return null;
        }
        String origin = file.toString();
        for (String _ : name.split("/", -1)) {
            origin = origin.substring(0, Math.max(0, origin.lastIndexOf('/')));
        }
        return origin;
    }

    private static byte[] read(ClassLoader loader, String name) {
        try (InputStream file = loader.getResourceAsStream(name + ".class")) {
            return file == null ? new byte[0] : file.readAllBytes();
        } catch (IOException e) {
            return new byte[0]; // what cannot be read is noticed by that
        }
    }

    private static Stream<String> mentioned(byte[] content) {
        if (content.length == 0) {
            return Stream.of();
        }
        ConstantPool pool = ClassFile.of().parse(content).constantPool();
        return StreamSupport.stream(pool.spliterator(), false).flatMap(ClassFiles::mentioned);
    }

    private static Stream<String> mentioned(PoolEntry entry) {
        return switch (entry) {
            case ClassEntry one -> Stream.of(one.asInternalName());
            case Utf8Entry text ->
                    MENTIONED.matcher(text.stringValue()).results().map(found -> found.group(1));
            default -> Stream.of();
        };
    }
}
