package dev.twofold.catalog.cli;

import java.io.Console;
import java.io.PrintStream;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/// A bar that shows how much of a feed is imported, how fast that goes and how long it will take.
///
/// It is for people: where nobody looks, as in a pipe, there is none.
final class ImportProgress implements FeedClient.Listener {
    private static final int WIDTH = 100;
    private static final int KIBIBYTE = 1 << 10;

    private final ProgressBar bar;

    private ImportProgress(ProgressBar bar) {
        this.bar = bar;
    }

    @SuppressWarnings("SystemConsoleNull") // a JDK without its line editor has no console
    static FeedClient.Listener on(PrintStream out) {
        Console console = System.console();
        if (console == null || !console.isTerminal()) {
            return new Silent();
        }
        return new ImportProgress(
                new ProgressBarBuilder()
                        .setTaskName("Importing")
                        .setInitialMax(-1)
                        .setUnit(" KiB", KIBIBYTE)
                        .showSpeed()
                        .setStyle(ProgressBarStyle.ASCII)
                        .setConsumer(new ConsoleProgressBarConsumer(out, WIDTH))
                        .build());
    }

    @Override
    public void progress(FeedClient.Progress progress) {
        bar.maxHint(progress.totalBytes());
        bar.stepTo(progress.state().equals("done") ? progress.totalBytes() : progress.bytes());
        bar.setExtraMessage("%,d lines".formatted(progress.lines()));
    }

    @Override
    public void close() {
        bar.close();
    }

    private static final class Silent implements FeedClient.Listener {
        @Override
        public void progress(FeedClient.Progress progress) {
            // nobody looks
        }

        @Override
        public void close() {
            // there is nothing to end
        }
    }
}
