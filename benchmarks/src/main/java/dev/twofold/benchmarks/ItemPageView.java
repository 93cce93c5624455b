package dev.twofold.benchmarks;

import dev.twofold.Keys;
import dev.twofold.Recorded;
import dev.twofold.View;
import org.jspecify.annotations.Nullable;

/// [ItemPage] as a view of Twofold.
record ItemPageView(String name, ItemPage.Fold fold) implements View<ItemEvent, ItemPage> {

    ItemPageView(String name) {
        this(name, ItemPage::small);
    }

    @Override
    public int revision() {
        return 1;
    }

    @Override
    public Class<ItemPage> documentType() {
        return ItemPage.class;
    }

    @Override
    public Keys keys(ItemEvent event) {
        return Keys.of(event.id());
    }

    @Override
    public ItemPage fold(
            String key, @Nullable ItemPage page, Recorded<ItemEvent> event, Lookup lookup) {
        return fold.after(page, event.event());
    }
}
