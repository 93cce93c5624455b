package dev.twofold.catalog;

import dev.twofold.catalog.brand.BrandCommand.CreateBrand;
import dev.twofold.catalog.brand.BrandCommand.RenameBrand;
import dev.twofold.catalog.category.CategoryCommand.CreateCategory;
import dev.twofold.catalog.category.CategoryCommand.RenameCategory;
import dev.twofold.catalog.product.ProductCommand;
import dev.twofold.catalog.product.ProductCommand.CreateProduct;
import dev.twofold.catalog.product.ProductCommand.RenameProduct;
import dev.twofold.catalog.review.ReviewCommand.SubmitReview;
import jakarta.validation.Validation;
import jakarta.validation.ValidatorFactory;
import org.hibernate.validator.HibernateValidator;
import org.hibernate.validator.HibernateValidatorConfiguration;
import org.hibernate.validator.cfg.ConstraintMapping;
import org.hibernate.validator.cfg.GenericConstraintDef;
import org.hibernate.validator.cfg.context.TypeConstraintMappingContext;
import org.hibernate.validator.messageinterpolation.ParameterMessageInterpolator;

/// What is asked of the texts of a command before any state is looked at, all of them at once.
///
/// The constraints are given here and not on the records, as the domain knows no framework.
final class CommandConstraints {
    private static final int ID = 100;
    private static final int NAME = 200;

    private CommandConstraints() {}

    static ValidatorFactory factory() {
        HibernateValidatorConfiguration configuration =
                Validation.byProvider(HibernateValidator.class)
                        .configure()
                        .messageInterpolator(new ParameterMessageInterpolator());
        ConstraintMapping mapping = configuration.createConstraintMapping();
        for (Class<?> command : ProductCommand.class.getPermittedSubclasses()) {
            var fields = mapping.type(command);
            line(fields, "productId", ID);
            if (command == CreateProduct.class) {
                line(fields, "sku", ID);
            }
            if (command == RenameProduct.class) {
                line(fields, "name", NAME);
            }
        }
        line(line(mapping.type(CreateBrand.class), "brandId", ID), "name", NAME);
        line(line(mapping.type(RenameBrand.class), "brandId", ID), "name", NAME);
        line(
                line(line(mapping.type(CreateCategory.class), "categoryId", ID), "parentId", ID),
                "name",
                NAME);
        line(line(mapping.type(RenameCategory.class), "categoryId", ID), "name", NAME);
        line(line(mapping.type(SubmitReview.class), "productId", ID), "customerId", ID);
        return configuration.addMapping(mapping).buildValidatorFactory();
    }

    private static <C> TypeConstraintMappingContext<C> line(
            TypeConstraintMappingContext<C> fields, String field, int max) {
        fields.field(field).constraint(new GenericConstraintDef<>(Line.class).param("max", max));
        return fields;
    }
}
