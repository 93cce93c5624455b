package dev.twofold.catalog.feed;

import java.util.List;

/// What one line of a feed comes to: a product with remarks, or a reason to leave it out.
sealed interface FeedRow {

    record Good(FeedItem item, List<FeedProblem> remarks) implements FeedRow {
        public Good {
            remarks = List.copyOf(remarks);
        }
    }

    record Bad(FeedProblem problem) implements FeedRow {}
}
