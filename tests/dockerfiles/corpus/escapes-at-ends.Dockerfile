FROM a
RUN echo one \   
  two
RUN echo three \\
USER four
RUN echo five\
six
