pluginManagement {
    repositories {
        google()
        mavenCentral()
        gradlePluginPortal()
    }
}

dependencyResolutionManagement {
    repositories {
        google()
        mavenCentral()
    }
}

rootProject.name = "onecode-sample"

include(":app")

// The library as sources, in place of cn.onecode:onecode-android.
includeBuild("../../bindings/kotlin/android")
