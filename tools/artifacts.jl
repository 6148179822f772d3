# artifacts.jl OUTPUT URL ARCHIVE...: writes the Artifacts.toml by which Julia's package manager fetches the library, from archives
# of tools/archive.sh that shall lie below URL. OUTPUT is julia/Artifacts.toml, or `-` for the terminal.

using Pkg, SHA

"How Julia names the platform of a target triple: pairs of TOML."
function platform(triple)
    arch, rest = split(triple, '-'; limit = 2)
    os = occursin("linux", rest) ? "linux" : occursin("darwin", rest) ? "macos" : occursin("windows", rest) ? "windows" :
         error("which system is $triple?")
    keys = ["arch" => arch == "i586" ? "i686" : arch, "os" => os]
    os == "linux" && insert!(keys, 2, "libc" => occursin("musl", rest) ? "musl" : "glibc")
    keys
end

"The hash of what is in an archive, as git would name the folder. Julia's depot is left alone."
function tree_hash(archive)
    mktempdir() do depot
        Pkg.Artifacts.with_artifacts_directory(depot) do
            hash = Pkg.Artifacts.create_artifact(folder -> run(`tar -xzf $(abspath(archive)) -C $folder`))
            bytes2hex(hash.bytes)
        end
    end
end

function entry(archive, url)
    named = match(r"^wasmtime-runtime-[^-]+-(.*)\.tar\.gz$", basename(archive))
    named === nothing && error("$(basename(archive)) is no wasmtime-runtime-<version>-<target>.tar.gz")
    keys = join(("$key = \"$value\"\n" for (key, value) in platform(named[1])))
    """
    [[libwrt]]
    $(keys)git-tree-sha1 = "$(tree_hash(archive))"

        [[libwrt.download]]
        sha256 = "$(bytes2hex(open(sha256, archive)))"
        url = "$(rstrip(url, '/'))/$(basename(archive))"
    """
end

function main(args)
    length(args) >= 3 || error("usage: artifacts.jl OUTPUT URL ARCHIVE...")
    output, url = args
    text = join((entry(archive, url) for archive in sort(args[3:end])), "\n")
    output == "-" ? print(text) : write(output, text)
end

main(ARGS)
