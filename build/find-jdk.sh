# shellcheck shell=bash
# find_jdk <version>: sets jdk to the home of a Java of that version or later, or fails with jdk empty and
# jdk_places holding every place it looked at, a line each. Sourced; runs on the bash 3.2 of macOS too.

# The feature version of the Java in a home (25 for 25.0.1), read from its release file because that takes no
# time, or asked of java where there is none; 0 when it is no Java.
jdk_version_of() {
    local line version=
    jdk_version=0
    [ -x "$1/bin/java" ] || return 0
    if [ -r "$1/release" ]; then
        while IFS= read -r line || [ -n "$line" ]; do
            case $line in JAVA_VERSION=*) version=${line#*\"} ;; esac
        done <"$1/release"
    else
        version=$("$1/bin/java" -version 2>&1 | sed -n 's/^[^"]*version "\(.*\)/\1/p')
    fi
    version=${version%%[!0-9]*}
    jdk_version=${version:-0}
}

# The home of the java on the path: links followed to bin/java.
jdk_on_path() {
    local file link
    file=$(command -v java) || return 0
    while [ -L "$file" ]; do
        link=$(readlink "$file")
        case $link in
            /*) file=$link ;;
            *) file=$(dirname "$file")/$link ;;
        esac
    done
    jdk_path_home=${file%/bin/java}
}

find_jdk() {
    local wanted=$1 home jdk_version jdk_path_home=
    jdk=
    jdk_places=
    jdk_on_path
    for home in \
        "${JAVA_HOME:-}" \
        "$jdk_path_home" \
        /usr/lib/jvm/* \
        /Library/Java/JavaVirtualMachines/*/Contents/Home \
        "$HOME"/Library/Java/JavaVirtualMachines/*/Contents/Home \
        /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
        "$HOME"/.sdkman/candidates/java/* \
        "$HOME"/.jdks/* \
        "$HOME"/.local/share/mise/installs/java/* \
        /opt/*; do
        [ -n "$home" ] || continue
        jdk_version_of "$home"
        if [ "$jdk_version" -ge "$wanted" ]; then
            # shellcheck disable=SC2034 # for who sources this
            jdk=$home
            return 0
        fi
        if [ "$jdk_version" -gt 0 ]; then
            jdk_places="$jdk_places  $home is Java $jdk_version"$'\n'
        elif [ ! -d "$home" ] || [ "$home" = "${JAVA_HOME:-}" ]; then
            jdk_places="$jdk_places  $home holds none"$'\n'
        fi
    done
    return 1
}
