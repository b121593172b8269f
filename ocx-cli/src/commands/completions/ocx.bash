# What bash offers for `ocx`: ocx is asked, with the words up to the cursor.
_ocx() {
    local line=$COMP_LINE rest word cut answer i
    local -a words=()
    # bash cuts words at `:` and `=`, too. What no blank keeps apart is one word.
    for ((i = 0; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        rest=${line#"${line%%[![:space:]]*}"}
        if ((i > 0)) && [[ $rest == "$line" ]]; then
            words[${#words[@]} - 1]+=$word
        else
            words+=("$word")
        fi
        line=${rest#"$word"}
    done
    COMPREPLY=()
    if ! answer=$(command ocx __complete "${words[@]}" 2>/dev/null); then
        # It is no word of ocx's: as without this function.
        compopt -o bashdefault -o default
        return
    fi
    cut=${words[${#words[@]} - 1]}
    cut=${cut%"${cut##*[=:]}"}
    while IFS=$'\t' read -r word _; do
        [[ -z $word ]] || COMPREPLY+=("${word#"$cut"}")
    done <<<"$answer"
    # A value follows.
    [[ ${COMPREPLY[0]} != *= ]] || compopt -o nospace
}
complete -F _ocx ocx
