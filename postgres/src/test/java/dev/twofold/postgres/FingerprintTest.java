package dev.twofold.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.twofold.postgres.OrderEvent.CustomerRegistered;
import dev.twofold.postgres.OrderPageView.OrderPage;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;

class FingerprintTest {
    private final ReadModel model = ReadModel.fresh();
    private final Shop shop = new Shop();

    @Test
    void a_table_that_is_defined_otherwise_under_the_same_revision_is_noticed()
            throws SQLException {
        shop.record(new CustomerRegistered("c1", "Ada"));
        ViewTable<OrderEvent, OrderPage> table = Shop.table("defined");
        ReadModel.runToEnd(model.runner(shop.log, table, 100));

        ViewTable<OrderEvent, OrderPage> other = new ViewTable<>(table.view(), table.codec());
        try (Connection connection = model.dataSource().getConnection()) {
            assertThat(generations(table).isOfAnotherProgram(connection, 1)).isFalse();
            assertThat(generations(other).isOfAnotherProgram(connection, 1)).isTrue();
        }
    }

    @Test
    void another_class_of_view_or_of_document_is_noticed() {
        OrderPageView orders = new OrderPageView("orders", 1, OrderPageView.POISON);

        assertThat(Fingerprint.of("", List.of(orders)))
                .isEqualTo(Fingerprint.of("", List.of(orders)))
                .isNotEqualTo(Fingerprint.of("", List.of(new CustomerNameView())));
    }

    private static Generations generations(ViewTable<OrderEvent, OrderPage> table) {
        return new Generations(Projection.of(Shop.TYPES, table));
    }
}
