package dev.twofold.postgres;

import dev.twofold.View;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/// A number for what documents are made by, so that a change of it can be noticed.
///
/// Sees the definitions of the table, and the [ClassFiles] of the views, of the documents' records
/// and of the code that an SQL projection hands batches to. Nothing noticed does not mean nothing
/// changed; and a line that is added above a class changes its file, though nothing that it does.
final class Fingerprint {
    private final MessageDigest digest;

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
        ClassFiles files = new ClassFiles();
        for (View<?, ?> view : views) {
            fingerprint.add(view.name());
            files.reach(view.getClass());
            if (view.documentType().isRecord()) {
                files.reach(view.documentType());
            }
        }
        return fingerprint.with(files);
    }

    static String of(String definitions, SqlBatch<?> batch) {
        Fingerprint fingerprint = new Fingerprint();
        fingerprint.add(definitions);
        ClassFiles files = new ClassFiles();
        files.reach(batch.getClass());
        return fingerprint.with(files);
    }

    private String with(ClassFiles files) {
        files.forEach(
                (name, content) -> {
                    add(name);
                    digest.update(content);
                });
        return HexFormat.of().formatHex(digest.digest());
    }

    private void add(String text) {
        digest.update(text.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
    }
}
