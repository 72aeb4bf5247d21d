# cmake -DOUTPUT=presets.cpp -DINPUTS=a.yaml,b.yaml -P EmbedPresets.cmake
# Writes the files as string literals, sorted by name.
string(REPLACE "," ";" inputs "${INPUTS}")
list(SORT inputs)
set(code "// Generated from configs/; do not edit.\n#include \"config/embedded.h\"\n\nnamespace facegan::config {\n\n")
string(APPEND code "const std::vector<EmbeddedFile>& embedded_presets() {\n")
string(APPEND code "  static const std::vector<EmbeddedFile> files = {\n")
foreach(input IN LISTS inputs)
  get_filename_component(name "${input}" NAME_WE)
  file(READ "${input}" text)
  string(APPEND code "      {\"${name}\", R\"yaml(${text})yaml\"},\n")
endforeach()
string(APPEND code "  };\n  return files;\n}\n\n}  // namespace facegan::config\n")
file(WRITE "${OUTPUT}" "${code}")
