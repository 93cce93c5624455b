package dev.twofold.catalog;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.lang.conditions.ArchPredicates.are;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitCallTarget;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.twofold.Decider;
import dev.twofold.EventStore;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.module.ModuleDescriptor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.platform.commons.annotation.Testable;

/// What the compiler cannot see: boundaries, names and habits, in the classes of every module built
/// so far.
class ArchitectureTest {
    private static final List<Path> MODULES = modules();
    private static final JavaClasses MAIN = imported("target/classes");
    private static final JavaClasses TESTS = imported("target/test-classes");

    private static final DescribedPredicate<JavaClass> DOMAIN =
            describe(
                    "are commands, events, states, refusals or deciders",
                    type ->
                            type.isAssignableTo(Decider.class)
                                    || type.getName()
                                            .matches(
                                                    "dev\\.twofold\\.catalog\\..*"
                                                        + "(Command|Event|State|Refusal)(\\$.*)?"));

    @Test
    void all_modules_are_looked_at() {
        assertThat(MAIN.contain(EventStore.class)).isTrue();
        assertThat(MAIN.contain(CatalogMain.class)).isTrue();
        assertThat(TESTS.contain(ArchitectureTest.class)).isTrue();
        assertThat(TESTS).extracting(JavaClass::getPackageName).contains("dev.twofold.postgres");
    }

    @Test
    void the_core_knows_no_database() {
        noClasses()
                .that()
                .resideInAPackage("dev.twofold")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.sql..", "javax.sql..")
                .check(MAIN);
    }

    @Test
    void adapters_are_blind_to_each_other() {
        slices().matching("dev.twofold.(postgres|kafka|redis|jackson)..")
                .should()
                .notDependOnEachOther()
                .check(MAIN);
    }

    @Test
    void modules_form_no_cycle() {
        slices().matching("dev.twofold.(*)..").should().beFreeOfCycles().check(MAIN);
    }

    @Test
    void slices_of_the_catalog_form_no_cycle() {
        slices().matching("dev.twofold.catalog.(*)..").should().beFreeOfCycles().check(MAIN);
    }

    @Test
    void the_domain_knows_no_framework() {
        noClasses()
                .that(DOMAIN)
                .should()
                .transitivelyDependOnClassesThat()
                .resideInAnyPackage(
                        "org.springframework..",
                        "jakarta..",
                        "java.sql..",
                        "javax.sql..",
                        "tools.jackson..",
                        "com.fasterxml..",
                        "dev.twofold.postgres..")
                .check(MAIN);
    }

    @Test
    void the_domain_asks_no_clock_and_draws_no_lots() {
        noClasses()
                .that(DOMAIN)
                .should()
                .callCodeUnitWhere(
                        target(
                                calls(
                                        ".*\\.now\\(.*",
                                        ".*\\.(currentTimeMillis|nanoTime|randomUUID)\\(\\)",
                                        "java\\.time\\.Clock\\.system.*",
                                        "java\\.(util|security)\\.(Secure)?Random\\..*")))
                .check(MAIN);
    }

    @Test
    void a_name_says_what_a_class_is() {
        noClasses()
                .should()
                .haveNameMatching(".*(Impl|Manager|Helper|Utils?)(\\$.*)?")
                .orShould()
                .haveSimpleNameStartingWith("Abstract")
                .orShould()
                .resideInAnyPackage("..impl..", "..utils..", "..util..", "..common..", "..dto..")
                .check(MAIN);
    }

    @Test
    void nothing_is_passed_in_a_thread_local() {
        noClasses().should().dependOnClassesThat(are(assignableTo(ThreadLocal.class))).check(MAIN);
    }

    @Test
    void no_program_sleeps() {
        noClasses().should().callCodeUnitWhere(target(calls(SLEEP))).check(MAIN);
    }

    @Test
    void no_test_sleeps() {
        noClasses().should().callCodeUnitWhere(target(calls(SLEEP, PARK))).check(TESTS);
    }

    @Test
    void tests_are_in_classes_that_are_looked_for() {
        classes()
                .that(describe("have tests", ArchitectureTest::hasTests))
                .and()
                .areTopLevelClasses()
                .and()
                .doNotHaveModifier(JavaModifier.ABSTRACT)
                .should()
                .haveSimpleNameEndingWith("Test")
                .check(TESTS);
    }

    @Test
    void libraries_have_public_types_only_in_exported_packages() {
        for (Path module : MODULES) {
            Path descriptor = module.resolve("target/classes/module-info.class");
            if (Files.exists(descriptor)) {
                classes()
                        .that()
                        .arePublic()
                        .should()
                        .resideInAnyPackage(exportsOf(descriptor).toArray(String[]::new))
                        .check(
                                new ClassFileImporter()
                                        .importPath(module.resolve("target/classes")));
            }
        }
    }

    private static final String SLEEP =
            "java\\.(lang\\.Thread|util\\.concurrent\\.TimeUnit)\\.sleep\\(.*";
    private static final String PARK = "java\\.util\\.concurrent\\.locks\\.LockSupport\\.park.*";

    private static DescribedPredicate<CodeUnitCallTarget> calls(String... fullNames) {
        String any = String.join("|", fullNames);
        return describe(any, target -> target.getFullName().matches(any));
    }

    private static boolean hasTests(JavaClass type) {
        return type.getAllMethods().stream()
                .anyMatch(method -> method.isMetaAnnotatedWith(Testable.class));
    }

    private static Set<String> exportsOf(Path descriptor) {
        try (InputStream in = Files.newInputStream(descriptor)) {
            return ModuleDescriptor.read(in).exports().stream()
                    .map(ModuleDescriptor.Exports::source)
                    .collect(toSet());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JavaClasses imported(String output) {
        return new ClassFileImporter()
                .importPaths(
                        MODULES.stream()
                                .map(module -> module.resolve(output))
                                .filter(Files::isDirectory)
                                .toList());
    }

    private static List<Path> modules() {
        try (Stream<Path> folders = Files.list(Path.of("").toAbsolutePath().getParent())) {
            return folders.filter(folder -> Files.exists(folder.resolve("pom.xml"))).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
