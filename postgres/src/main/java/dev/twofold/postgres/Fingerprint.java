package dev.twofold.postgres;

import dev.twofold.View;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/// A number for what documents are made by, so that a change of it can be noticed.
///
/// Sees the definitions of the table, the class files of the views and the components of the
/// documents' records. Does not see what these call, so that nothing noticed does not mean nothing
/// changed; and another compiler may write another class file for the same source.
final class Fingerprint {
    private final MessageDigest digest;
    private final Set<Class<?>> seen = new HashSet<>();

    private Fingerprint() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    static String of(String definitions, List<? extends View<?, ?>> views) {
        Fingerprint fingerprint = new Fingerprint();
        fingerprint.add(definitions);
        for (View<?, ?> view : views) {
            fingerprint.add(view.name());
            fingerprint.addClassFile(view.getClass());
            fingerprint.addComponents(view.documentType());
        }
        return HexFormat.of().formatHex(fingerprint.digest.digest());
    }

    private void add(String text) {
        digest.update(text.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
    }

    private void addClassFile(Class<?> type) {
        String name = type.getName().substring(type.getPackageName().length() + 1) + ".class";
        try (InputStream file = type.getResourceAsStream(name)) {
            if (file != null) {
                digest.update(file.readAllBytes());
            }
        } catch (IOException e) {
            add("unreadable");
        }
    }

    private void addComponents(Class<?> type) {
        if (type.isRecord() && seen.add(type)) {
            for (RecordComponent component : type.getRecordComponents()) {
                add(component.getName());
                add(component.getGenericType().getTypeName());
                addComponents(component.getType());
            }
        }
    }
}
