package dev.twofold.catalog.brand;

import dev.twofold.QueryHandler;
import dev.twofold.catalog.brand.BrandQuery.FindBrand;
import dev.twofold.catalog.brand.BrandQuery.ListBrands;
import dev.twofold.postgres.TableAnswer;
import dev.twofold.postgres.TableReader;
import java.util.List;
import java.util.Optional;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/// The endpoints and queries for brands.
@Configuration(proxyBeanMethods = false)
@Import(BrandEndpoints.class)
public class BrandSlice {

    @Bean
    QueryHandler<FindBrand, TableAnswer<Optional<Brand>>> findBrand(TableReader rows) {
        return (query, _) ->
                rows.read(query.notBefore(), connection -> Brands.find(connection, query.id()));
    }

    @Bean
    QueryHandler<ListBrands, TableAnswer<List<BrandListing.Item>>> listBrands(TableReader rows) {
        return (query, _) ->
                rows.read(
                        query.notBefore(),
                        connection ->
                                BrandListing.after(
                                        connection, query.name(), query.id(), query.limit()));
    }
}
