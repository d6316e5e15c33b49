// The Android library: the binding for any JVM, what is written for Android on top, and the native
// library for four ABIs. Needs the Android SDK and NDK, a Rust toolchain by rustup, and
// `cargo install cargo-ndk`:
//
//     bash ../../build.sh android && gradle assembleRelease      # build/outputs/aar/
import org.jetbrains.kotlin.gradle.dsl.JvmTarget

plugins {
    id("com.android.library") version "8.11.1"
    kotlin("android") version "2.2.21"
    kotlin("plugin.compose") version "2.2.21"
}

group = "cn.onecode"
version = "0.1.0"

val repository = file("../../..")
val nativeLibraries = layout.buildDirectory.dir("jniLibs")

android {
    namespace = "cn.onecode"
    compileSdk = 36
    defaultConfig {
        minSdk = 24
        consumerProguardFiles("consumer-rules.pro")
    }
    buildFeatures { compose = true }
    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_17
        targetCompatibility = JavaVersion.VERSION_17
    }
    sourceSets["main"].apply {
        kotlin.srcDirs("../src/main/kotlin", "src/generated/kotlin")
        jniLibs.srcDir(nativeLibraries)
    }
}

kotlin { compilerOptions { jvmTarget = JvmTarget.JVM_17 } }

dependencies {
    api("org.jetbrains.kotlinx:kotlinx-coroutines-android:1.10.2")
    implementation("net.java.dev.jna:jna:5.17.0@aar")
    implementation("androidx.compose.foundation:foundation:1.8.2")
}

/**
 * The `mobile` profile is small and stripped, and without its features the library has no part of
 * servers; the page size is in `.cargo/config.toml`.
 */
val cargoNdk by tasks.registering(Exec::class) {
    workingDir = repository
    commandLine(
        "cargo", "ndk",
        "--platform", "24",
        "--target", "arm64-v8a",
        "--target", "armeabi-v7a",
        "--target", "x86",
        "--target", "x86_64",
        "--output-dir", nativeLibraries.get().asFile.path,
        "build", "--package", "onecode-uniffi", "--lib", "--profile", "mobile", "--no-default-features",
    )
}

tasks.named("preBuild") { dependsOn(cargoNdk) }
