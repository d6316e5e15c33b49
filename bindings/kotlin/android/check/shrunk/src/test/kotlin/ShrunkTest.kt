import com.android.tools.r8.JdkClassFileProvider
import com.android.tools.r8.OutputMode
import com.android.tools.r8.R8
import com.android.tools.r8.R8Command
import com.android.tools.r8.origin.Origin
import java.io.File
import java.util.concurrent.TimeUnit
import org.junit.Assert.assertEquals
import org.junit.Test

/** R8 writes class files here, so that what it left can be run on any JVM. */
class ShrunkTest {
    private val target = File(System.getProperty("onecode.target"))

    @Test
    fun `an app shrunk with the library's rules runs`() {
        val (code, output) = run(shrunk(File(System.getProperty("onecode.rules"))))
        assertEquals("code of version 11\nlocked: true\nrefused: 701\n", output)
        assertEquals(0, code)
    }

    private fun shrunk(rules: File): File {
        val output = File(target, "shrunk.jar")
        val jars =
            System.getProperty("java.class.path").split(File.pathSeparator).map(::File).filter {
                Regex("(jna|kotlin-stdlib|kotlinx-coroutines-core-jvm|annotations)-[0-9.]+\\.jar")
                    .matches(it.name)
            }
        val app = File(target, "app.jar")
        ProcessBuilder("jar", "cf", app.path, "-C", File(target, "classes").path, ".")
            .start()
            .waitFor()
        val command =
            R8Command.builder()
                .addProgramFiles((jars + app).map { it.toPath() })
                .addLibraryResourceProvider(
                    JdkClassFileProvider.fromJdkHome(
                        File(System.getProperty("java.home")).toPath()
                    )
                )
                .addProguardConfiguration(
                    listOf("-keep class AppKt { public static void main(java.lang.String[]); }"),
                    Origin.unknown(),
                )
                .setOutput(output.toPath(), OutputMode.ClassFile)
                .addProguardConfigurationFiles(rules.toPath())
        R8.run(command.build())
        println("shrunk to ${output.length() / 1024} kB of ${(jars + app).sumOf { it.length() } / 1024}")
        return output
    }

    private fun run(app: File): Pair<Int, String> {
        val java = File(System.getProperty("java.home"), "bin/java").path
        val path = listOf(app.path, System.getProperty("onecode.native")).joinToString(File.pathSeparator)
        val log = File(app.path + ".log")
        val process =
            ProcessBuilder(java, "-cp", path, "AppKt").redirectError(log).start()
        val output = process.inputStream.bufferedReader().readText()
        check(process.waitFor(1, TimeUnit.MINUTES))
        if (process.exitValue() != 0) println(log.readLines().take(5).joinToString("\n"))
        return process.exitValue() to output
    }
}
