package dev.twofold.jackson;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import java.lang.reflect.AnnotatedType;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.SequencedSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.cfg.MapperConfig;
import tools.jackson.databind.introspect.Annotated;
import tools.jackson.databind.introspect.AnnotatedClass;
import tools.jackson.databind.introspect.AnnotatedField;
import tools.jackson.databind.introspect.AnnotatedMethod;
import tools.jackson.databind.introspect.AnnotatedParameter;
import tools.jackson.databind.introspect.JacksonAnnotationIntrospector;
import tools.jackson.databind.util.StdConverter;

/// Tells Jackson which components may be null, and that sets have an order.
final class StrictComponents extends JacksonAnnotationIntrospector {
    private static final long serialVersionUID = 1L;
    private static final Set<Class<?>> OPTIONALS =
            Set.of(Optional.class, OptionalInt.class, OptionalLong.class, OptionalDouble.class);

    @Override
    public JsonSetter.Value findSetterInfo(MapperConfig<?> config, Annotated component) {
        return isNullable(component) || OPTIONALS.contains(component.getRawType())
                ? super.findSetterInfo(config, component)
                : JsonSetter.Value.forValueNulls(Nulls.FAIL);
    }

    @Override
    public @Nullable Object findNullSerializer(MapperConfig<?> config, Annotated component) {
        return isNullable(component)
                ? super.findNullSerializer(config, component)
                : new RefuseNull();
    }

    @Override
    public @Nullable Object findSerializationConverter(MapperConfig<?> config, Annotated type) {
        Class<?> raw = type.getRawType();
        return type instanceof AnnotatedClass
                        && Set.class.isAssignableFrom(raw)
                        && !SequencedSet.class.isAssignableFrom(raw)
                ? new SortByText()
                : super.findSerializationConverter(config, type);
    }

    private static boolean isNullable(Annotated component) {
        @Nullable AnnotatedType type =
                switch (component) {
                    case AnnotatedMethod method -> method.getAnnotated().getAnnotatedReturnType();
                    case AnnotatedField field -> field.getAnnotated().getAnnotatedType();
                    case AnnotatedParameter parameter ->
                            parameter
                                    .getOwner()
                                    .getNativeParameters()[parameter.getIndex()]
                                    .getAnnotatedType();
                    default -> null;
                };
        return type == null || type.isAnnotationPresent(Nullable.class);
    }

    private static final class RefuseNull extends ValueSerializer<Object> {
        @Override
        public void serialize(Object value, JsonGenerator json, SerializationContext context) {
            context.reportMappingProblem("it is null, but neither @Nullable nor Optional");
        }
    }

    private static final class SortByText extends StdConverter<Set<?>, List<?>> {
        @Override
        public List<?> convert(Set<?> set) {
            return set.stream().sorted(Comparator.comparing(String::valueOf)).toList();
        }
    }
}
