package dev.twofold.catalog.feed;

import dev.twofold.Codec;
import dev.twofold.Metadata;
import java.io.BufferedOutputStream;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Feeds that were sent in, imported one after the other in the order in which they came.
///
/// A feed is kept in a file until its import ends, its report until 100 newer ones have ended or
/// the catalog starts again. Safe for use by many threads.
public final class FeedUploads implements AutoCloseable {
    static final long MAX_BYTES = 1L << 30;
    static final int MAX_WAITING = 10;
    private static final int MAX_KEPT = 100;
    private static final Logger LOG = LoggerFactory.getLogger(FeedUploads.class);

    private final Path folder;
    private final FeedImport feeds;
    private final LongSupplier head;
    private final Codec codec;
    private final Clock clock;
    private final ExecutorService worker =
            Executors.newSingleThreadExecutor(
                    Thread.ofVirtual().name("catalog-feed-", 1).factory());
    private final Map<String, FeedUpload> uploads = new LinkedHashMap<>();

    /// @param folder for the files; emptied
    /// @param head tells the last position of the log
    /// @throws UncheckedIOException if the folder cannot be written
    public FeedUploads(Path folder, FeedImport feeds, LongSupplier head, Codec codec, Clock clock) {
        this.folder = folder;
        this.feeds = feeds;
        this.head = head;
        this.codec = codec;
        this.clock = clock;
        try {
            Files.createDirectories(folder);
            try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(folder)) {
                for (Path file : leftovers) {
                    Files.delete(file);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("%s cannot be written: %s".formatted(folder, e), e);
        }
    }

    /// Takes a feed to import; empty if it is longer than 1 GiB.
    ///
    /// @throws IOException if the feed cannot be read to its end, or not be kept
    Optional<FeedUpload> take(InputStream feed, boolean dryRun, Metadata metadata)
            throws IOException {
        String id = UUID.randomUUID().toString();
        Path file = folder.resolve(id + ".feed");
        try {
            long bytes = save(feed, file);
            if (bytes > MAX_BYTES) {
                Files.delete(file);
                return Optional.empty();
            }
            FeedUpload upload =
                    FeedUpload.sent(
                            id, dryRun, bytes, folder.resolve(id + ".ndjson"), clock.instant());
            Files.createFile(upload.report());
            keep(upload);
            worker.execute(() -> run(upload, file, metadata));
            return Optional.of(upload);
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(file);
            throw e;
        }
    }

    /// Whether so many feeds wait that another one should not be sent now.
    synchronized boolean isFull() {
        return uploads.values().stream()
                        .filter(upload -> upload.state() == FeedUpload.State.WAITING)
                        .count()
                >= MAX_WAITING;
    }

    synchronized Optional<FeedUpload> find(String id) {
        return Optional.ofNullable(uploads.get(id));
    }

    /// Breaks the import at hand off; what it has imported stays.
    @Override
    public void close() {
        worker.shutdownNow();
        try {
            if (!worker.awaitTermination(30, TimeUnit.SECONDS)) {
                LOG.warn("an import has not ended within 30 seconds");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static long save(InputStream feed, Path file) throws IOException {
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
            byte[] buffer = new byte[1 << 16];
            long bytes = 0;
            for (int read = feed.read(buffer);
                    read >= 0 && bytes <= MAX_BYTES;
                    read = feed.read(buffer)) {
                out.write(buffer, 0, read);
                bytes += read;
            }
            return bytes;
        }
    }

    private synchronized void keep(FeedUpload upload) {
        uploads.put(upload.id(), upload);
        Iterator<FeedUpload> oldest = uploads.values().iterator();
        while (uploads.size() > MAX_KEPT && oldest.hasNext()) {
            FeedUpload old = oldest.next();
            if (old.endedAt() != null) {
                oldest.remove();
                delete(old.report());
            }
        }
    }

    private void run(FeedUpload sent, Path file, Metadata metadata) {
        try (InputStream feed = Files.newInputStream(file);
                BufferedWriter report = Files.newBufferedWriter(sent.report())) {
            FeedListener listener =
                    new FeedListener() {
                        @Override
                        public void progress(FeedCounts counts) {
                            keep(sent.running(counts));
                        }

                        @Override
                        public void problem(FeedProblem problem) {
                            write(report, codec.encode(problem));
                        }
                    };
            keep(sent.running(sent.counts()));
            FeedCounts counts =
                    sent.dryRun()
                            ? feeds.dryRun(feed, listener)
                            : feeds.run(feed, metadata, listener);
            report.flush();
            keep(sent.done(counts, head.getAsLong(), clock.instant()));
        } catch (FeedException e) {
            fail(sent, String.valueOf(e.getMessage()));
        } catch (InterruptedException _) {
            fail(sent, "the catalog was stopped; import the feed again to complete it");
        } catch (IOException | RuntimeException e) {
            LOG.error("the import of feed {} was broken off", sent.id(), e);
            fail(sent, "something went wrong here; the log has it under feed " + sent.id());
        } finally {
            delete(file);
        }
    }

    private void fail(FeedUpload sent, String reason) {
        keep(find(sent.id()).orElse(sent).failed(reason, clock.instant()));
    }

    private static void write(BufferedWriter report, String line) {
        try {
            report.write(line);
            report.newLine();
        } catch (IOException e) {
            throw new UncheckedIOException("the report cannot be written: " + e, e);
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            LOG.warn("{} stays", file, e);
        }
    }
}
