package dev.twofold.catalog.changes;

import dev.twofold.QueryHandler;
import dev.twofold.catalog.changes.DailyChanges.Day;
import dev.twofold.catalog.changes.DailyChanges.ListDays;
import dev.twofold.postgres.Replicas;
import dev.twofold.postgres.TableAnswer;
import dev.twofold.postgres.TableReader;
import java.util.List;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/// The endpoints and queries for daily changes.
@Configuration(proxyBeanMethods = false)
@Import(ChangesEndpoints.class)
public class ChangesSlice {

    @Bean
    QueryHandler<ListDays, TableAnswer<List<Day>>> listDays(Replicas replicas) {
        return DailyChanges.days(TableReader.of(replicas, DailyChanges.NAME));
    }
}
