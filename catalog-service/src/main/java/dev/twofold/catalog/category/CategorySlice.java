package dev.twofold.catalog.category;

import dev.twofold.QueryHandler;
import dev.twofold.catalog.category.CategoryQuery.FindCategory;
import dev.twofold.catalog.category.CategoryQuery.ListCategories;
import dev.twofold.postgres.TableAnswer;
import dev.twofold.postgres.TableReader;
import java.util.List;
import java.util.Optional;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/// The endpoints and queries for categories.
@Configuration(proxyBeanMethods = false)
@Import(CategoryEndpoints.class)
public class CategorySlice {

    @Bean
    QueryHandler<FindCategory, TableAnswer<Optional<Category>>> findCategory(TableReader rows) {
        return (query, _) ->
                rows.read(query.notBefore(), connection -> Categories.find(connection, query.id()));
    }

    @Bean
    QueryHandler<ListCategories, TableAnswer<List<CategoryListing.Item>>> listCategories(
            TableReader rows) {
        return (query, _) ->
                rows.read(
                        query.notBefore(),
                        connection ->
                                CategoryListing.after(
                                        connection, query.name(), query.id(), query.limit()));
    }
}
