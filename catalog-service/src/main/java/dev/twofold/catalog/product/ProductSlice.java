package dev.twofold.catalog.product;

import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/// The HTTP endpoints for products.
@Configuration(proxyBeanMethods = false)
@Import({ProductEndpoints.class, ProductQueries.class, ProductExport.class})
public class ProductSlice {}
